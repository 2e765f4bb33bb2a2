import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { at, eventually, fingerprint, kit, on, ssh } from './kit.ts';

const k = kit('cluster');
const token = /[a-z0-9]{6}\.[a-z0-9]{16}/;
let cp1: LabHost;
let w1: LabHost;
let w2: LabHost;
let w3: LabHost;

/** The bootstrap tokens of the cluster, by the names of their secrets. */
const tokenSecrets = () =>
  k.kubectl(
    '-n',
    'kube-system',
    'get',
    'secrets',
    '--field-selector',
    'type=bootstrap.kubernetes.io/token',
    '-o',
    'name',
  );

const { version } = k.lab;
const podSubnet = '10.244.0.0/16';

beforeAll(async () => {
  [cp1, w1, w2, w3] = (await k.lab.up([
    { name: 'cp1' },
    { name: 'w1', bindNode: true },
    { name: 'w2' },
    { name: 'w3' },
  ])) as [LabHost, LabHost, LabHost, LabHost];
});
afterAll(() => k.lab.down());

describe('a cluster brought up from a workstation', () => {
  let joinLine = '';

  it('(a) init over SSH brings up a control plane and ends with the join command', async () => {
    const { code, stdout, stderr } = await k.kinit([...(await k.init({ podSubnet })), ...at(cp1), ...ssh(k)], {
      timeout: 300,
    });
    expect(stderr).toContain(`[init] Using Kubernetes version: ${version.kubernetes}`);
    expect(code, stderr).toBe(0);
    joinLine = stdout;
    expect(stdout).toMatch(/kinit join \S+:6443 --token/);
    const manifests = await on(cp1, 'ls', '/etc/kubernetes/manifests');
    expect(manifests.split('\n').filter(Boolean)).toEqual([
      'etcd.yaml',
      'kube-apiserver.yaml',
      'kube-controller-manager.yaml',
      'kube-scheduler.yaml',
    ]);
    expect((await on(cp1, 'stat', '-c', '%a', '/etc/kubernetes/admin.conf')).trim()).toBe('600');
  });

  it('fetches the admin kubeconfig to the workstation, for its owner alone', async () => {
    const { code, stderr } = await k.kinit(['kubeconfig', 'fetch', ...at(cp1), ...ssh(k), '--to', k.kubeconfig]);
    expect(code, stderr).toBe(0);
    expect(statSync(k.kubeconfig).mode & 0o777).toBe(0o600);
    expect(await k.kubectl('get', '--raw', '/livez')).toBe('ok');
  });

  it('points the first kubelet to the certificate that it rotates', async () => {
    const conf = await on(cp1, 'cat', '/etc/kubernetes/kubelet.conf');
    expect(conf).toContain('client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem');
    expect(conf).not.toContain('client-certificate-data');
  });

  it('(c) a worker joins by hand with the printed command', async () => {
    const found = /kinit (join .*)/.exec(joinLine.replaceAll(/\\\n\s*/g, ''))?.[1] ?? '';
    const argv = found.trim().split(/\s+/);
    const { code, stderr } = await w1.run(['kinit', ...argv], { timeout: 240 });
    expect(code, stderr).toBe(0);
    await expect(k.kubectl('get', 'node', 'w1', '-o', 'name')).resolves.toBe('node/w1\n');
    expect((await w1.run(['ls', '/etc/kubernetes/bootstrap-kubelet.conf'])).code).not.toBe(0);
  });

  it('(c) two workers join over SSH at once, and the token of that run is gone', async () => {
    const before = await tokenSecrets();
    const { code, stdout, stderr } = await k.kinit(['join', ...at(w2, w3), ...ssh(k), '--kubeconfig', k.kubeconfig], {
      timeout: 240,
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/w2/);
    expect((await k.kubectl('get', 'nodes', '-o', 'name')).trim().split('\n').sort()).toEqual([
      'node/cp1',
      'node/w1',
      'node/w2',
      'node/w3',
    ]);
    const after = await tokenSecrets();
    expect(after).toBe(before);
  });

  it('(d) all nodes become Ready and a page answers on every node', async () => {
    await k.lab.layPodNetwork(cp1);
    await k.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=180s');
    await k.kubectl('create', 'deployment', 'nginx', '--image=nginx:1.19', '--replicas=2');
    await k.kubectl('expose', 'deployment', 'nginx', '--port=80', '--type=NodePort');
    await k.kubectl('rollout', 'status', 'deployment/nginx', '--timeout=180s');
    const port = await k.kubectl('get', 'service', 'nginx', '-o', 'jsonpath={.spec.ports[0].nodePort}');
    for (const host of [cp1, w1, w2, w3]) {
      const page = await eventually(`a page on ${host.name}`, 120_000, async () => {
        const { code, stdout } = await k.page(`http://${host.address}:${port}/`);
        return code === 0 ? stdout : undefined;
      });
      expect(page.length).toBeGreaterThan(0);
    }
  });

  it('marks nodes as kubeadm of that version does', async () => {
    const node = JSON.parse(await k.kubectl('get', 'node', 'cp1', '-o', 'json')) as {
      metadata: { labels: Record<string, string>; annotations: Record<string, string> };
      spec: { taints: { key: string; effect: string }[] };
    };
    const ofRoles = <T>(keys: readonly T[]) => keys.filter((key) => String(key).startsWith('node-role.')).sort();
    expect(ofRoles(Object.keys(node.metadata.labels))).toEqual(version.roles.toSorted());
    expect(ofRoles(node.spec.taints.map(({ key, effect }) => `${key}:${effect}`))).toEqual(
      version.taints.map((key) => `${key}:NoSchedule`).toSorted(),
    );
    const worker = JSON.parse(await k.kubectl('get', 'node', 'w2', '-o', 'json')) as typeof node;
    const socket = worker.metadata.annotations['kubeadm.alpha.kubernetes.io/cri-socket'];
    expect(socket).toEqual(version.annotatedSocket ? expect.stringMatching(/containerd\.sock$/) : undefined);
  });

  it('(h) a second init and a second join change nothing and make no token', async () => {
    const [before, beforeWorker, had] = [await fingerprint(cp1), await fingerprint(w2), await tokenSecrets()];
    const again = await k.kinit([...(await k.init({ podSubnet })), ...at(cp1), ...ssh(k)], { timeout: 240 });
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toMatch(token);
    const join = await k.kinit(['join', ...at(w2, w3), ...ssh(k), '--kubeconfig', k.kubeconfig], { timeout: 240 });
    expect(join.code, join.stderr).toBe(0);
    expect([await fingerprint(cp1), await fingerprint(w2), await tokenSecrets()]).toEqual([before, beforeWorker, had]);
  });

  it('(h) another configuration touches nothing and shows the difference', async () => {
    const before = await fingerprint(cp1);
    const init = await k.init({ podSubnet, serviceSubnet: '10.97.0.0/16' });
    const other = await k.kinit([...init, ...at(cp1), ...ssh(k)], { timeout: 240 });
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('--service-cluster-ip-range=10.97.0.0/16');
    expect(await fingerprint(cp1)).toBe(before);
  });
});

describe('(e) tokens', () => {
  const command = (...argv: string[]) => k.kinit(['token', ...argv, '--kubeconfig', k.kubeconfig]);

  it('are created, listed and deleted', async () => {
    const created = (await command('create', '--ttl', '1h', '--description', 'for a test')).stdout.trim();
    expect(created).toMatch(new RegExp(`^${token.source}$`));
    const id = created.slice(0, 6);
    expect((await command('list')).stdout).toContain(id);
    expect((await command('list', '-o', 'json')).stdout).toContain(`"token": "${created}"`);
    expect((await command('delete', id)).stdout).toContain(`"${id}" deleted`);
    expect((await command('list')).stdout).not.toContain(id);
  });

  it('are printed as a join command that carries the right CA hash', async () => {
    const { stdout } = await command('create', '--print-join-command');
    const hash = (
      await on(
        cp1,
        'sh',
        '-c',
        'openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform der | sha256sum',
      )
    ).split(' ')[0];
    expect(stdout).toContain(`--discovery-token-ca-cert-hash sha256:${hash}`);
  });
});

describe('(e) a join is refused, and leaves nothing on the node,', () => {
  let fresh: LabHost;
  let endpoint = '';
  let good = '';
  const hash = () =>
    on(
      cp1,
      'sh',
      '-c',
      'openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform der | sha256sum',
    ).then((text) => `sha256:${text.split(' ')[0]}`);

  beforeAll(async () => {
    [fresh] = (await k.lab.up([{ name: 'w4', bindNode: true }])) as [LabHost];
    endpoint = `${cp1.address}:6443`;
    good = (await k.kinit(['token', 'create', '--kubeconfig', k.kubeconfig])).stdout.trim();
  });

  /** Joins with a file, whose short time-out spares the test kubeadm's five minutes. */
  const join = async (token: string, caCertHash: string) => {
    const bootstrapToken = { token, apiServerEndpoint: endpoint, caCertHashes: [caCertHash] };
    const file = {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'JoinConfiguration',
      discovery: { bootstrapToken },
      timeouts: { discovery: '15s' },
    };
    await fresh.run(['sh', '-c', 'umask 077; cat >/root/join.yaml'], { stdin: JSON.stringify(file) });
    return fresh.run(['kinit', 'join', '--config', '/root/join.yaml'], { timeout: 240 });
  };

  it.each([
    ['with a token that is not there', async () => ['aaaaaa.bbbbbbbbbbbbbbbb', await hash()]],
    [
      'with the wrong secret: the signature is not ours',
      async () => [`${good.slice(0, 7)}ffffffffffffffff`, await hash()],
    ],
    ['with the hash of another CA', async () => [good, `sha256:${'0'.repeat(64)}`]],
  ])('%s', async (_, given) => {
    const before = await fingerprint(fresh);
    const [token = '', caCertHash = ''] = await given();
    const { code, stderr } = await join(token, caCertHash);
    expect(code, stderr).toBe(6);
    expect(stderr).not.toContain('    at ');
    expect(stderr).not.toContain(good);
    expect(await fingerprint(fresh)).toBe(before);
    expect((await fresh.run(['ls', '/etc/kubernetes/bootstrap-kubelet.conf'])).code).not.toBe(0);
  });

  it('with a token that has expired', async () => {
    const short = (await k.kinit(['token', 'create', '--ttl', '1s', '--kubeconfig', k.kubeconfig])).stdout.trim();
    await eventually('the expired token to be gone', 120_000, async () => {
      const { stdout } = await k.kinit(['token', 'list', '--kubeconfig', k.kubeconfig]);
      return stdout.includes(short.slice(0, 6)) ? undefined : true;
    });
    const { code, stderr } = await join(short, await hash());
    expect(code, stderr).toBe(6);
  });

  it('with a malformed token: at once, as bad input', async () => {
    const { code, stderr } = await fresh.run([
      'kinit',
      'join',
      endpoint,
      '--token',
      'NOT-A-TOKEN',
      '--discovery-token-unsafe-skip-ca-verification',
    ]);
    expect(code).toBe(3);
    expect(stderr).toContain('--token');
  });
});

describe('(f) one dead and one hanging host among those that join', () => {
  it('do not keep the others from joining: exit 4 and a reason for each', async () => {
    const [good, hanging] = (await k.lab.up([{ name: 'w5' }, { name: 'w6' }])) as [LabHost, LabHost];
    await hanging.freeze();
    const dead = `${cp1.address.replace(/\d+$/, '250')}`;
    try {
      const { code, stdout } = await k.kinit(
        ['join', ...at(good, hanging), '--host', `root@${dead}`, ...ssh(k), '--kubeconfig', k.kubeconfig],
        { timeout: 240 },
      );
      expect(code).toBe(4);
      expect(stdout).toMatch(new RegExp(`${good.address}\\s+joined`));
      expect(stdout).toMatch(new RegExp(`${dead}\\s+failed`));
      expect(stdout).toMatch(new RegExp(`${hanging.address}\\s+failed`));
      expect(await k.kubectl('get', 'node', good.name, '-o', 'name')).toBe(`node/${good.name}\n`);
    } finally {
      hanging.thaw();
    }
  });
});

describe('secrets', () => {
  it('are in no log of kinit’s runs', async () => {
    const { stdout } = await k.lab.workstation(['sh', '-c', `cat ${join(k.folder, 'kinit', 'logs')}/*.log`]);
    expect(stdout.length).toBeGreaterThan(0);
    expect(stdout).not.toMatch(/-----BEGIN [A-Z ]*PRIVATE KEY/);
    expect(stdout).not.toMatch(new RegExp(`\\b${token.source}\\b`));
    expect(readFileSync(k.kubeconfig, 'utf8')).toContain('client-key-data');
  });
});
