import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { tarEntries } from '../../src/archive/tar.ts';
import { writeTarGz } from '../../src/archive/tar-gz.ts';
import { KinitError } from '../../src/errors.ts';
import { gather } from '../../src/workflows/support/support.ts';
import { administratorConf, testAuthority, testCertificate } from '../certificates.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { kubeServer } from '../fakes/kube-server.ts';
import { observedOn } from '../unit/doctor/patients.ts';

const folder = mkdtempSync(join(tmpdir(), 'kinit-support-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What must not be in the archive, wherever a cluster has it. */
const planted = {
  token: 'abcdef.0123456789abcdef',
  certificateKey: `${'9a8b7c6d5e4f'.repeat(5)}0123`,
  password: 'hunter2-hunter2',
  bearer: 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJlc2lnbmF0dXJl',
  user: 'top-secret-of-a-user',
};

const now = () => observedOn('control-plane').facts.clock * 1000;

/** A control plane whose files, logs and cluster are full of secrets; `key` is the administrator's own. */
async function leakyControlPlane() {
  const authority = await testAuthority();
  const secretObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'kube-system' },
    data: { a: Buffer.from(planted.user).toString('base64') },
  };
  const kube = new FakeKube(
    secretObject,
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
      data: { ClusterConfiguration: `apiServer: {extraArgs: {oidc-client-secret: ${planted.password}}}\n` },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'kube-system' },
      spec: { nodeName: 'cp1', containers: [{ name: 'c', env: [{ name: 'INNOCENT', value: planted.user }] }] },
    },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: planted.user, namespace: 'shop' } },
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'kube-system' },
      message: `bearer token ${planted.bearer}`,
    },
  );
  const server = await kubeServer(kube, { authority });
  const admin = await testCertificate(authority, 'kubernetes-admin');
  const { files, paths, commands, facts } = observedOn('control-plane');
  const texts = [...files].flatMap(([path, { content }]) => (content ? [[path, content.toString()] as const] : []));
  const port = new URL(server.url).port;
  const conf = administratorConf(server.url, authority, admin);
  const log = [
    `2026-11-30T00:30:00 kubelet: using token ${planted.token}`,
    `2026-11-30T00:30:00 kubelet: certificate-key: ${planted.certificateKey}`,
    `2026-11-30T00:30:00 kubelet: Authorization: Bearer ${planted.bearer}`,
    admin.key.reveal(),
  ].join('\n');
  const answer = (argv: readonly string[]) => {
    const known = commands.get(argv.join('\0'));
    if (known !== undefined) return known;
    const program = argv[2] ?? '';
    if (program.includes('journalctl -u kubelet')) return { stdout: log };
    if (program.includes('/var/log/pods'))
      return { stdout: `\u0001kube-system_etcd-cp1_uid/etcd/0.log\npassword=${planted.password}\n` };
    return { stdout: '' };
  };
  const host = new FakeHost({
    name: 'cp1',
    facts,
    files: {
      ...Object.fromEntries([...paths].flatMap(([path, { type }]) => (type === 'file' ? [[path, '']] : []))),
      ...Object.fromEntries(texts),
      '/etc/kubernetes/admin.conf': conf,
      '/etc/kubernetes/manifests/kube-apiserver.yaml': (
        Object.fromEntries(texts)['/etc/kubernetes/manifests/kube-apiserver.yaml'] ?? ''
      )
        .replaceAll('10.77.2.11', '127.0.0.1')
        .replaceAll('6443', port)
        .replace('- kube-apiserver\n', `- kube-apiserver\n    - --oidc-client-secret=${planted.password}\n`),
      '/etc/containerd/config.toml': `[plugins.cri.registry.configs."a".auth]\n  password = "${planted.password}"\n`,
      '/etc/docker/daemon.json': `{"proxies": {"http-proxy": "http://me:${planted.password}@proxy:3128"}}`,
    },
    commands: { sh: answer, 'systemctl show': answer },
    connect: async (target) => {
      if (!('port' in target) || String(target.port) !== port) throw new KinitError('connect ECONNREFUSED');
      return connect(target.port, '127.0.0.1');
    },
  });
  return { host, server, key: admin.key.reveal() };
}

async function contentOf(path: string): Promise<ReadonlyMap<string, string>> {
  const bytes = gunzipSync(readFileSync(path));
  const archive = { size: bytes.length, read: async (at: number, length: number) => bytes.subarray(at, at + length) };
  const found = new Map<string, string>();
  for await (const { name, offset, size } of tarEntries(archive))
    found.set(name, bytes.subarray(offset, offset + size).toString('utf8'));
  return found;
}

describe('an archive for support', () => {
  it('has what helps, for its owner alone, and none of the secrets that a cluster has', async () => {
    const { host, server, key } = await leakyControlPlane();
    const config = `kind: InitConfiguration\nbootstrapTokens: [{token: ${planted.token}}]\ncertificateKey: ${planted.certificateKey}\n`;
    const { entries, unreached } = await gather(
      [
        { name: 'root@10.0.0.1', opening: host },
        { name: 'gone', opening: new KinitError('no route to host') },
      ],
      [{ name: 'config.yaml', text: config }],
      now,
    );
    await server.close();
    const path = join(folder, 'support.tar.gz');
    await writeTarGz(path, entries, now());
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    expect(unreached).toEqual([{ host: 'gone', reason: 'no route to host' }]);

    const content = await contentOf(path);
    expect([...content.keys()]).toEqual(
      expect.arrayContaining([
        'config.yaml',
        'doctor.txt',
        'doctor.json',
        'cluster/etcd.json',
        'cluster/version.json',
        'cluster/configmaps.json',
        'cluster/pods-kube-system.json',
        'cluster/events-kube-system.json',
        'hosts/root@10.0.0.1/facts.json',
        'hosts/root@10.0.0.1/kubelet.log',
        'hosts/root@10.0.0.1/files/etc/kubernetes/manifests/kube-apiserver.yaml',
        'hosts/root@10.0.0.1/files/etc/containerd/config.toml',
        'hosts/root@10.0.0.1/pods/kube-system_etcd-cp1_etcd.0.log',
        'hosts/gone/not-reached.txt',
      ]),
    );
    expect(content.get('cluster/pods-kube-system.json')).toContain('INNOCENT');
    const all = [...content].map(([name, text]) => `${name}\n${text}`).join('\n');
    const body = key.split('\n')[1] ?? '';
    for (const secret of [
      ...Object.values(planted),
      Buffer.from(planted.user).toString('base64'),
      body,
      'PRIVATE KEY-----',
    ])
      expect(all).not.toContain(secret);
  });
});
