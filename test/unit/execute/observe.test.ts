import { createPublicKey } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { observe } from '../../../src/execute/observe.ts';
import { listKey, mergeReads } from '../../../src/execute/observed.ts';
import { publicHalf } from '../../../src/pki/keys.ts';
import { kubeconfigDocument } from '../../../src/pki/kubeconfig-document.ts';
import { toYaml } from '../../../src/yaml.ts';
import { testAuthority, testCertificate } from '../../certificates.ts';
import { FakeHost } from '../../fakes/host.ts';
import { FakeKube } from '../../fakes/kube.ts';

const authority = await testAuthority();
const client = await testCertificate(authority, 'kubernetes-admin');
const kubeconfig = toYaml(
  kubeconfigDocument({
    clusterName: 'kubernetes',
    server: 'https://192.0.2.1:6443',
    caPem: authority.certificate,
    user: 'kubernetes-admin',
    client: { certificatePem: client.certificate, key: client.key },
    preferences: false,
  }),
);
const files = {
  '/pki/ca.crt': authority.certificate,
  '/pki/ca.key': authority.key.reveal(),
  '/pki/sa.key': client.key.reveal(),
  '/pki/broken.key': 'no key',
  '/admin.conf': kubeconfig,
  '/other.conf': 'no: kubeconfig',
  '/etc/hosts': 'text',
};
const reads = {
  files: ['/etc/hosts', '/absent'],
  keyPairs: ['/pki/ca', '/pki/none'],
  keys: ['/pki/sa.key', '/pki/broken.key'],
  kubeconfigs: ['/admin.conf', '/other.conf', '/none.conf'],
};
const noCluster = async () => {
  throw new Error('nobody asked for the cluster');
};
const spki = (pem: string) => createPublicKey(pem).export({ type: 'spki', format: 'pem' });

describe('looking at a host', () => {
  it('takes one round trip, and asks the cluster only where objects are wanted', async () => {
    const host = new FakeHost({ files });
    const seen = await observe(host, noCluster, reads);
    expect(host.roundTrips).toBe(1);
    expect(seen.files.get('/etc/hosts')?.content?.toString()).toBe('text');
    expect(seen.files.get('/absent')?.type).toBe('absent');
  });

  it('makes public halves of private keys, and lets nothing else of them through', async () => {
    const seen = await observe(new FakeHost({ files }), noCluster, reads);
    expect(spki(seen.keyPairs.get('/pki/ca')?.key?.publicKey ?? '')).toBe(spki(publicHalf(authority.key)));
    expect(spki(seen.keys.get('/pki/sa.key')?.publicKey ?? '')).toBe(spki(publicHalf(client.key)));
    expect(seen.keyPairs.get('/pki/none')).toEqual({ certificate: undefined, key: undefined });
    const everything = inspect(seen, { depth: 20, maxStringLength: null });
    expect(everything).not.toContain('PRIVATE KEY');
    expect(everything).not.toContain(client.key.reveal().split('\n')[1]);
  });

  it('says what is wrong with what is no key or no kubeconfig', async () => {
    const seen = await observe(new FakeHost({ files }), noCluster, reads);
    expect(seen.keys.get('/pki/broken.key')).toEqual({ problem: 'it is not a private key in PEM form' });
    expect(seen.kubeconfigs.get('/other.conf')?.problem).toEqual(expect.any(String));
    expect(seen.kubeconfigs.get('/admin.conf')).toMatchObject({ server: 'https://192.0.2.1:6443', rotates: false });
    expect(seen.kubeconfigs.has('/none.conf')).toBe(false);
  });

  it('reads the certificates that a kubeconfig names, relative ones beside it, but not what a kubelet rotates', async () => {
    const base = { apiVersion: 'v1', kind: 'Config', 'current-context': 'c' };
    const named = (user: object) =>
      toYaml({
        ...base,
        clusters: [{ name: 'k', cluster: { server: 'https://192.0.2.1:6443', 'certificate-authority': 'pki/ca.crt' } }],
        contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
        users: [{ name: 'u', user }],
      });
    const rotated = '/var/lib/kubelet/pki/kubelet-client-current.pem';
    const host = new FakeHost({
      files: {
        '/k/pki/ca.crt': authority.certificate,
        '/k/admin.crt': client.certificate,
        '/k/admin.conf': named({ 'client-certificate': 'admin.crt', 'client-key': 'admin.key' }),
        '/k/kubelet.conf': named({ 'client-certificate': rotated, 'client-key': rotated }),
        '/other/admin.conf': named({}),
      },
    });
    const paths = ['/k/admin.conf', '/k/kubelet.conf', '/other/admin.conf'];
    const { kubeconfigs } = await observe(host, noCluster, { kubeconfigs: paths });
    expect(host.roundTrips).toBe(2);
    const { ca, clientCertificate } = kubeconfigs.get('/k/admin.conf') ?? {};
    expect([ca, clientCertificate]).toEqual([authority.certificate, client.certificate]);
    expect(kubeconfigs.get('/k/kubelet.conf')).toMatchObject({ ca: authority.certificate, rotates: true });
    expect(kubeconfigs.get('/other/admin.conf')?.problem).toContain('/other/pki/ca.crt');
  });

  it('does not even read private keys in a rehearsal: those that are there are taken to fit', async () => {
    const host = new FakeHost({ files: { ...files, '/pki/ca.key': 'unread', '/pki/sa.key': 'unread' } });
    const seen = await observe(host, noCluster, reads, { rehearsal: true });
    expect(spki(seen.keyPairs.get('/pki/ca')?.key?.publicKey ?? '')).toBe(spki(authority.certificate));
    expect(seen.keyPairs.get('/pki/none')?.key).toBeUndefined();
  });

  it('finds objects and lists of the cluster', async () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'kube-system' } };
    const kube = new FakeKube(map);
    const there = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'c' };
    const list = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system' };
    const wanted = { objects: [there, { ...there, name: 'none' }], lists: [list] };
    const seen = await observe(new FakeHost(), async () => kube, wanted);
    expect([...seen.objects.keys()]).toEqual(['ConfigMap/kube-system/c']);
    expect(seen.lists.get(listKey(list))).toHaveLength(1);
  });

  it('puts many questions into one, each asked once', () => {
    const merged = mergeReads([{ files: ['/a'], facts: true }, { files: ['/a', '/b'], services: ['kubelet'] }, {}]);
    expect(merged).toMatchObject({ facts: true, files: ['/a', '/b'], services: ['kubelet'], keys: [] });
  });
});

describe('looking at an etcd outside of the cluster', () => {
  const where = { servers: ['http://192.0.2.9:2379'], caFile: '', certFile: '', keyFile: '' };

  it('asks for its version as the host reaches it', async () => {
    const etcd = createServer((_, answer) => answer.end('{"etcdserver":"3.5.24"}'));
    await new Promise<void>((resolve) => etcd.listen(0, '127.0.0.1', resolve));
    const { port } = etcd.address() as AddressInfo;
    const asked: unknown[] = [];
    const host = new FakeHost({
      connect: async (target) => {
        asked.push(target);
        return connect({ host: '127.0.0.1', port });
      },
    });
    const { etcdVersions } = await observe(host, noCluster, { etcdVersions: where });
    etcd.close();
    expect(asked).toEqual([{ host: '192.0.2.9', port: 2379 }]);
    expect(etcdVersions).toEqual([{ endpoint: 'http://192.0.2.9:2379', version: '3.5.24' }]);
  });

  it('asks nobody without the certificates to ask with', async () => {
    const etcdVersions = { ...where, caFile: '/pki/none.crt' };
    const seen = await observe(new FakeHost({ files }), noCluster, { etcdVersions });
    expect(seen.etcdVersions).toBeUndefined();
  });
});

describe('looking at what runs', () => {
  const access = { servers: ['https://192.0.2.9:2379'], caFile: '/ca', certFile: '/crt', keyFile: '/key' };
  const running = { files: ['/proc/mounts'], commands: [['crictl', 'pods']], etcd: access, etcdVersions: access };
  const there = { '/proc/mounts': 'a b', '/etc/hosts': '' };
  const fake = () => new FakeHost({ files: there, commands: { 'crictl pods': { stdout: 'a' } } });

  it('sees it beside the rest', async () => {
    const seen = await observe(fake(), noCluster, { files: ['/etc/hosts'], running });
    expect([...seen.files.keys()]).toEqual(['/etc/hosts', '/proc/mounts']);
    expect(seen.commands.get('crictl\0pods')?.stdout).toBe('a');
    expect(seen.etcd?.problem).toContain('/ca is missing');
  });

  it('leaves it out in a rehearsal, where nothing really runs', async () => {
    const seen = await observe(fake(), noCluster, { files: ['/etc/hosts'], running }, { rehearsal: true });
    expect([...seen.files.keys()]).toEqual(['/etc/hosts']);
    expect([...seen.commands.keys()]).toEqual([]);
    expect([seen.etcd, seen.etcdVersions]).toEqual([undefined, undefined]);
  });

  it('asks once for what several phases want to know', () => {
    const merged = mergeReads([{ running }, { files: ['/a'], running: { files: ['/proc/mounts', '/b'] } }, {}]);
    expect(merged.running).toMatchObject({ files: ['/proc/mounts', '/b'], etcd: access });
    expect(merged.files).toEqual(['/a']);
  });
});
