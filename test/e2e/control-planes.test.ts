import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { eventually, kit, on } from './kit.ts';

const k = kit('control-planes');
let cp1: LabHost;
let cp2: LabHost;
let cp3: LabHost;

const { version } = k.lab;
const podSubnet = '10.244.0.0/16';
const ignored = '--ignore-preflight-errors=all';
const admin = '--kubeconfig=/etc/kubernetes/admin.conf';

beforeAll(async () => {
  [cp1, cp2, cp3] = (await k.lab.up(
    ['cp1', 'cp2', 'cp3'].map((name) => ({ name, kubeadm: true, bindNode: true })),
  )) as [LabHost, LabHost, LabHost];
});
afterAll(() => k.lab.down());

describe.each([
  ['kinit', kinitHere],
  ['the real kubeadm', kubeadmHere],
] as const)('a cluster that %s made', (_, tool) => {
  let command: readonly string[];

  it('comes up with an endpoint that control planes can share, and with its certificates uploaded', async () => {
    const argv = await k.init({ podSubnet, endpoint: `${cp1.address}:6443`, criSocket: version.criSocket }, cp1);
    await tool(cp1, ...argv, '--upload-certs', ignored);
    expect(await members()).toEqual([['cp1', 'started', false]]);
    command = await joinCommand();
  });

  it('takes a control plane that kinit joins, and one that the real kubeadm joins, with the same files on both', async () => {
    await kinitHere(cp2, ...command, ignored);
    expect(await members()).toEqual([
      ['cp1', 'started', false],
      ['cp2', 'started', false],
    ]);
    await kubeadmHere(cp3, ...command, ignored);
    expect(await nodes()).toEqual(['cp1', 'cp2', 'cp3']);
    expect(await members()).toHaveLength(3);
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

  it('lets each of them go again, by the reset of the other tool', async () => {
    await kubeadmHere(cp2, 'reset', '--force');
    expect(await members()).toHaveLength(2);
    await kinitHere(cp3, 'reset', '--force');
    expect(await members()).toEqual([['cp1', 'started', false]]);
    await kinitHere(cp2, 'reset', '--force');
    for (const name of ['cp2', 'cp3']) await on(cp1, 'kubectl', admin, 'delete', 'node', name);
    await kinitHere(cp1, 'reset', '--force');
  });
});

/** kinit on the host itself. */
async function kinitHere(host: LabHost, ...argv: readonly string[]): Promise<string> {
  return on(host, 'kinit', ...argv);
}

async function kubeadmHere(host: LabHost, ...argv: readonly string[]): Promise<string> {
  return on(host, 'kubeadm', ...argv);
}

/** The arguments with which either tool joins a control plane, by a key that is uploaded for it. */
async function joinCommand(): Promise<readonly string[]> {
  const key = (await kinitHere(cp1, 'certs', 'certificate-key')).trim();
  await kinitHere(cp1, 'init', 'phase', 'upload-certs', '--upload-certs', '--certificate-key', key);
  const line = await kinitHere(cp1, 'token', 'create', '--print-join-command', '--certificate-key', key);
  expect(line).toMatch(/^kinit join .*--control-plane --certificate-key [0-9a-f]{64}\n?$/);
  return line.trim().split(/\s+/).slice(1);
}

async function nodes(): Promise<readonly string[]> {
  const names = await on(cp1, 'kubectl', admin, 'get', 'nodes', '-o', 'name');
  return names
    .trim()
    .split('\n')
    .map((name) => name.replace('node/', ''))
    .sort();
}

/** The members of etcd: name, whether it has started, whether it is a learner. */
async function members(): Promise<readonly (readonly [string, string, boolean])[]> {
  const pki = '/etc/kubernetes/pki/etcd';
  const certificates = ['--cacert', `${pki}/ca.crt`, '--cert', `${pki}/server.crt`, '--key', `${pki}/server.key`];
  const answer = await on(
    cp1,
    'curl',
    '-sf',
    ...certificates,
    ...['-X', 'POST', '-d', '{}', 'https://127.0.0.1:2379/v3/cluster/member/list'],
  );
  const { members: all } = JSON.parse(answer) as { members: { name?: string; isLearner?: boolean }[] };
  return all
    .map(({ name = '', isLearner = false }) => [name, name === '' ? 'not started' : 'started', isLearner] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
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
