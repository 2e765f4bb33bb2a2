import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { askEtcd, members } from './etcd.ts';
import { at, eventually, fingerprint, kit, on, ssh } from './kit.ts';
import { kubeadm } from './kubeadm.ts';

const k = kit('control-planes');
let cp1: LabHost;
let cp2: LabHost;
let cp3: LabHost;

const { version } = k.lab;
const podSubnet = '10.244.0.0/16';
const ignored = '--ignore-preflight-errors=all';
/** kubeadm's check of the system cannot be passed in the lab from v1.35 on: it has cgroups v1. */
const onlyOfLab = '--ignore-preflight-errors=SystemVerification';
const admin = '--kubeconfig=/etc/kubernetes/admin.conf';

beforeAll(async () => {
  [cp1, cp2, cp3] = (await k.lab.up(
    ['cp1', 'cp2', 'cp3'].map((name) => ({ name, kubeadm: true, bindNode: true })),
  )) as [LabHost, LabHost, LabHost];
});
afterAll(() => k.lab.down());

describe.each([
  ['kinit', kinitHere],
  ['the real kubeadm', kubeadm],
] as const)('a cluster that %s made', (maker, tool) => {
  let command: readonly string[];

  it('comes up with an endpoint that control planes can share, and with its certificates uploaded', async () => {
    const argv = await k.init({ podSubnet, endpoint: `${cp1.address}:6443`, criSocket: version.criSocket }, cp1);
    const printed = await tool(cp1, ...argv, '--upload-certs', ignored);
    expect(await members(cp1)).toEqual(['cp1']);
    command = joinCommandIn(printed);
  });

  if (maker === 'kinit')
    it.each<readonly [string, RegExp, () => Promise<readonly string[]>, () => Promise<unknown>]>([
      [
        'by a certificate key that opens nothing',
        /the certificate key does not open ca\.crt/,
        async () => withKey('0'.repeat(64)),
        async () => undefined,
      ],
      [
        'where the CA of another cluster is there',
        /pki\/ca\.crt is not the one that the control planes of this cluster share/,
        async () => {
          const pki = '/etc/kubernetes/pki';
          const made = ['-keyout', '/root/other.key', '-out', `${pki}/ca.crt`, '-subj', '/CN=kubernetes', '-days', '9'];
          await on(cp2, 'mkdir', '-p', pki);
          await on(cp2, 'openssl', 'req', '-x509', '-newkey', 'ed25519', '-nodes', ...made);
          return command;
        },
        () => on(cp2, 'rm', '-r', '/etc/kubernetes/pki', '/root/other.key'),
      ],
      [
        'where the data of another etcd are there',
        /DirAvailable--var-lib-etcd/,
        async () => {
          await on(cp2, 'sh', '-c', 'mkdir -p /var/lib/etcd/member/snap && echo data >/var/lib/etcd/member/snap/db');
          return command;
        },
        () => on(cp2, 'rm', '-r', '/var/lib/etcd/member'),
      ],
      [
        'where the certificates that were uploaded are gone',
        /the Secret kube-system\/kubeadm-certs is not there/,
        async () => {
          const secret = `kubectl ${admin} -n kube-system get secret kubeadm-certs -o json`;
          await on(cp1, 'sh', '-c', `umask 077; ${secret} | grep -v '"resourceVersion"' >/root/uploaded.json`);
          await on(cp1, 'kubectl', admin, 'delete', '-f', '/root/uploaded.json');
          return command;
        },
        () => on(cp1, 'kubectl', admin, 'create', '-f', '/root/uploaded.json'),
      ],
    ])('refuses a control plane %s, and nothing is touched', async (_, reason, given, after) => {
      const argv = await given();
      const before = await fingerprint(cp2);
      const { code, stderr } = await cp2.run(['kinit', ...argv, onlyOfLab], { timeout: 240 });
      expect([code, stderr]).toEqual([2, expect.stringMatching(reason)]);
      expect(await fingerprint(cp2)).toBe(before);
      expect(await members(cp1)).toEqual(['cp1']);
      await after();
    });

  if (maker === 'kinit')
    it('refuses a control plane at the address of another member of etcd, before its kubelet starts', async () => {
      const { members: all } = (await askEtcd(cp1, '/v3/cluster/member/list')) as { members: { ID: string }[] };
      const [{ ID = '' } = {}] = all;
      const moved = (host: LabHost) =>
        askEtcd(cp1, '/v3/cluster/member/update', { ID, peerURLs: [`https://${host.address}:2380`] });
      await moved(cp2);
      const { code, stderr } = await cp2.run(['kinit', ...command, ignored], { timeout: 240 });
      await moved(cp1);
      const reason = `already has the member cp1 at https://${cp2.address}:2380, the address of this host`;
      expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
      expect(await members(cp1)).toEqual(['cp1']);
      expect((await cp2.run(['systemctl', 'is-active', 'kubelet'])).stdout.trim()).not.toBe('active');
      await kinitHere(cp2, 'reset', '--force');
    });

  if (maker === 'kinit')
    it.each<readonly [string, () => string]>([
      ['its files are written', () => '[ -s /etc/kubernetes/manifests/kube-scheduler.yaml ]'],
      ['its member of etcd is announced', () => memberOf('')],
      ['the manifest of its etcd is there', () => '[ -s /etc/kubernetes/manifests/etcd.yaml ]'],
      ['its etcd has started', () => memberOf('| grep -F \'"name":"cp2"\'')],
      ['its etcd votes', () => memberOf('| grep -F \'"name":"cp2"\' | grep -vF isLearner')],
      ['its node is marked', () => `kubectl ${admin} get node cp2 -o yaml | grep -q ' node-role.kubernetes.io/'`],
    ])('has a control plane join whose kinit is killed when %s', async (_, holds) => {
      expect(await killedWhen(holds(), cp2, ...command, ignored, '--wait')).toBe('137');
    });

  it('takes a control plane that kinit joins, and one that the real kubeadm joins, with the same files on both', async () => {
    await kinitHere(cp2, ...command, ignored);
    expect(await members(cp1)).toEqual(['cp1', 'cp2']);
    await kubeadm(cp3, ...command, ignored);
    expect(await nodes()).toEqual(['cp1', 'cp2', 'cp3']);
    expect(await members(cp1)).toEqual(['cp1', 'cp2', 'cp3']);
    expect(await named()).toEqual(version.clusterStatus ? ['cp1', 'cp2', 'cp3'] : []);
    const [ofKinit, ofKubeadm] = await Promise.all([filesOf(cp2), filesOf(cp3)]);
    expect(Object.keys(ofKubeadm)).toContain('/etc/kubernetes/manifests/etcd.yaml');
    expect(ofKinit).toEqual(ofKubeadm);
    expect(await marks('cp2')).toEqual(await marks('cp3'));
  });

  it('is served by each of them', async () => {
    for (const host of [cp2, cp3]) {
      await eventually(`an API server on ${host.name}`, 120_000, async () => {
        const server = `--server=https://${host.address}:6443`;
        return (await on(host, 'kubectl', admin, server, 'get', '--raw', '/readyz')) === 'ok' || undefined;
      });
    }
  });

  it('is as it was where the same command is run again', async () => {
    const before = await filesOf(cp2);
    const { stdout } = await cp2.run(['kinit', ...command, ignored, '-o', 'json'], { timeout: 240 });
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ code: 0, changes: 0 });
    expect(await filesOf(cp2)).toEqual(before);
  });

  it('goes on when they leave, by the reset of the other tool: the member of etcd leaves first', async () => {
    await kubeadm(cp2, 'reset', '--force');
    expect(await members(cp1)).toEqual(['cp1', 'cp3']);
    const reset = await k.kinit(['reset', '--force', ...at(cp3), ...ssh(k)], { timeout: 300 });
    expect(reset.code, reset.stderr).toBe(0);
    expect(reset.stderr).toContain(`Removing the etcd member https://${cp3.address}:2380`);
    expect(await members(cp1)).toEqual(['cp1']);
    expect(await named()).toEqual(version.clusterStatus ? ['cp1'] : []);
    expect(await on(cp3, 'ls', '-A', '/var/lib/etcd')).toBe('');
    await on(cp1, 'kubectl', admin, 'create', 'configmap', 'written', '--from-literal=after=reset');
    await kinitHere(cp2, 'reset', '--force');
  });

  it('is left alone by a second reset, which has nothing to do', async () => {
    const again = await k.kinit(['reset', '--force', ...at(cp3), ...ssh(k)], { timeout: 300 });
    expect([again.code, again.stdout], again.stderr).toEqual([0, expect.stringContaining('nothing was there')]);
    for (const name of ['cp2', 'cp3']) await on(cp1, 'kubectl', admin, 'delete', 'node', name);
  });

  if (maker !== 'kinit')
    it('takes a control plane that kinit joins over SSH, without a certificate key', async () => {
      await on(cp1, 'kubectl', admin, '-n', 'kube-system', 'delete', 'secret', 'kubeadm-certs');
      const through = ['--control-plane-host', `root@${cp1.address}`];
      const argv = ['join', '--control-plane', ...at(cp2), ...through, ignored, ...ssh(k)];
      const { code, stdout, stderr } = await k.kinit(argv, { timeout: 300 });
      expect(code, stdout + stderr).toBe(0);
      expect(await members(cp1)).toEqual(['cp1', 'cp2']);
      const secrets = await on(cp1, 'kubectl', admin, '-n', 'kube-system', 'get', 'secrets', '-o', 'name');
      expect(secrets).not.toContain('kubeadm-certs');
      await kinitHere(cp2, 'reset', '--force');
      expect(await members(cp1)).toEqual(['cp1']);
    });

  it('ends with the reset of the first', async () => {
    await kinitHere(cp1, 'reset', '--force');
    expect(await on(cp1, 'ls', '-A', '/var/lib/etcd')).toBe('');
  });

  /** The join command with another key. */
  function withKey(key: string): readonly string[] {
    return command.map((word, index) => (command[index - 1] === '--certificate-key' ? key : word));
  }
});

/** Of the member that joins at cp2, as cp1 tells it: a line of JSON. */
function memberOf(more: string): string {
  const pki = '/etc/kubernetes/pki/etcd';
  const files = `--cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key`;
  const list = `curl -sf -m 5 ${files} -X POST -d '{}' https://${cp1.address}:2379/v3/cluster/member/list`;
  return `${list} | tr '{' '\\n' | grep -F https://${cp2.address}:2380 ${more}`;
}

/** Kills kinit on the host as soon as this holds there. Gives its exit code. */
async function killedWhen(holds: string, host: LabHost, ...argv: readonly string[]): Promise<string> {
  const script = `kinit "$@" >/dev/null 2>&1 & running=$!
until { ${holds}; } >/dev/null 2>&1; do kill -0 $running || break; sleep 0.02; done
kill -9 $running; wait $running; echo $?`;
  return (await on(host, 'sh', '-c', script, 'sh', ...argv)).trim();
}

/** kinit on the host itself. */
async function kinitHere(host: LabHost, ...argv: readonly string[]): Promise<string> {
  return on(host, 'kinit', ...argv);
}

/** The arguments with which either tool joins a control plane, as init prints them for its certificate key. */
function joinCommandIn(printed: string): readonly string[] {
  const found = /(?:kinit|kubeadm) (join (?:[^\n]*\\\n)*[^\n]*--control-plane[^\n]*)/.exec(printed)?.[1] ?? '';
  const words = found
    .replaceAll(/\\\n\s*/g, ' ')
    .trim()
    .split(/\s+/);
  expect(words).toContain('--certificate-key');
  return words;
}

/** The control planes that kubeadm-config names. */
async function named(): Promise<readonly string[]> {
  const path = 'jsonpath={.data.ClusterStatus}';
  const status = await on(cp1, 'kubectl', admin, '-n', 'kube-system', 'get', 'configmap', 'kubeadm-config', '-o', path);
  return ['cp1', 'cp2', 'cp3'].filter((name) => status.includes(`${name}:`));
}

async function nodes(): Promise<readonly string[]> {
  const names = await on(cp1, 'kubectl', admin, 'get', 'nodes', '-o', 'name');
  return names
    .trim()
    .split('\n')
    .map((name) => name.replace('node/', ''))
    .sort();
}

/** What a join leaves on a control plane: all paths with their modes, and what is in them but for keys and the host's own names. */
async function filesOf(host: LabHost): Promise<Readonly<Record<string, unknown>>> {
  const where = '/etc/kubernetes /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env';
  const listed = (await on(host, 'sh', '-c', `find ${where} -printf '%p %m %U %y\\n' | sort`)).trim().split('\n');
  const entries = await Promise.all(
    listed.map(async (line) => {
      const [path = '', mode, owner, type] = line.split(' ');
      const content = type === 'f' ? await contentOf(host, path) : type;
      return [path, { mode, owner, content }] as const;
    }),
  );
  return Object.fromEntries(entries);
}

async function contentOf(host: LabHost, path: string): Promise<unknown> {
  if (path.endsWith('.key')) return 'a key';
  if (path.endsWith('.crt')) {
    const shown = await on(
      host,
      'openssl',
      'x509',
      '-noout',
      '-in',
      path,
      '-subject',
      '-issuer',
      '-ext',
      'subjectAltName,extendedKeyUsage,keyUsage,basicConstraints',
    );
    return anyHost(host, shown);
  }
  const text = anyHost(host, await on(host, 'cat', path)).replaceAll(/(certificate|key)-data: .*/g, '$1-data: x');
  return /\.(?:conf|yaml)$/.test(path) ? load(text) : text;
}

/** The host's own name and address, and the names of its peers at etcd, which depend on who came first. */
function anyHost({ name, address }: LabHost, text: string): string {
  return text
    .replaceAll(/--initial-cluster=\S+/g, '--initial-cluster=PEERS')
    .replaceAll(new RegExp(`\\b${address.replaceAll('.', '\\.')}\\b`, 'g'), 'ADDRESS')
    .replaceAll(new RegExp(`\\b${name}\\b`, 'g'), 'NAME');
}

async function marks(name: string): Promise<unknown> {
  const node = JSON.parse(await on(cp1, 'kubectl', admin, 'get', 'node', name, '-o', 'json')) as {
    metadata: Record<'labels' | 'annotations', Record<string, string>>;
    spec: { taints?: { key: string; effect: string }[] };
  };
  const { 'kubernetes.io/hostname': _, ...labels } = node.metadata.labels;
  const taints = (node.spec.taints ?? []).filter(({ key }) => key.startsWith('node-role'));
  return { labels, taints };
}
