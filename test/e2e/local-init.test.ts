import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { fingerprint, kit, on } from './kit.ts';

const k = kit('local');
let cp1: LabHost;

const init = () => k.init({ podSubnet: '10.244.0.0/16', kubernetesVersion: 'unsaid' }, cp1);

beforeAll(async () => {
  [cp1] = (await k.lab.up([{ name: 'cp1', bindNode: true }])) as [LabHost];
});
afterAll(() => k.lab.down());

describe('(b) init on the host itself', () => {
  it('touches nothing in a dry run', async () => {
    const before = await fingerprint(cp1);
    const argv = ['kinit', ...(await init()), '--dry-run'];
    const { code, stderr } = await cp1.run(argv, { timeout: 240 });
    expect(code, stderr).toBe(0);
    expect(await fingerprint(cp1)).toBe(before);
  });

  it('brings up a control plane of the version of the kubelet that is there', async () => {
    const { code, stdout, stderr } = await cp1.run(['kinit', ...(await init())], { timeout: 300 });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`Using Kubernetes version: ${k.lab.version.kubernetes}`);
    expect(stdout).toContain('mkdir -p $HOME/.kube');
    const roles = k.lab.version.roles.map((label) => label.replace('node-role.kubernetes.io/', ''));
    expect(await on(cp1, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', 'get', 'nodes')).toMatch(
      new RegExp(`cp1 .*Ready +${roles.toSorted().join(',')} `),
    );
  });

  it('is finished by running it again after a kill at any moment', async () => {
    for (const after of ['0.4', '1.2', '3']) {
      await cp1.recreate();
      await cp1.run(['timeout', '-s', 'KILL', after, 'kinit', ...(await init())], { timeout: 60 });
      const { code, stderr } = await cp1.run(['kinit', ...(await init())], { timeout: 300 });
      expect(code, `killed after ${after} s: ${stderr}`).toBe(0);
      const verified = await on(
        cp1,
        'openssl',
        'verify',
        '-CAfile',
        '/etc/kubernetes/pki/ca.crt',
        '/etc/kubernetes/pki/apiserver.crt',
      );
      expect(verified).toContain('OK');
    }
  });
});

// The images of other versions have Debian's etcdctl, of 3.4, in them.
describe.skipIf(!k.lab.version.kubernetes.startsWith('v1.20.'))('(c) a snapshot of etcd', () => {
  it('is one to etcdctl too, and brings the cluster back to what it was, its lost PKI with it', async () => {
    const kubectl = (...argv: string[]) => on(cp1, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', ...argv);
    await kubectl('create', 'configmap', 'before', '--from-literal=a=1');
    const makeKeys =
      'umask 077; openssl genpkey -algorithm X25519 -out key.pem; openssl pkey -in key.pem -pubout -out key.pub; openssl genpkey -algorithm X25519 -out other.pem';
    await on(cp1, 'sh', '-c', `cd /root; ${makeKeys}`);
    const saved = await on(
      cp1,
      'kinit',
      'etcd',
      'snapshot',
      'save',
      '/root/etcd.db',
      '-o',
      'json',
      '--pki-recipient',
      '/root/key.pub',
    );
    const { snapshot } = JSON.parse(saved.trim().split('\n').at(-1) ?? '') as { snapshot: { revision: number } };
    const image = (await on(cp1, 'sed', '-n', 's/^ *image: //p', '/etc/kubernetes/manifests/etcd.yaml')).trim();
    const inImage = ['ctr', '-n', 'k8s.io', 'run', '--rm', '--mount', 'type=bind,src=/root,dst=/root,options=rbind:ro'];
    const status = await on(
      cp1,
      ...inImage,
      image,
      'status',
      'etcdctl',
      '-w',
      'json',
      'snapshot',
      'status',
      '/root/etcd.db',
    );
    expect(JSON.parse(status)).toMatchObject({ revision: snapshot.revision });
    await kubectl('delete', 'configmap', 'before');
    await kubectl('create', 'configmap', 'after', '--from-literal=a=1');
    const before = await on(cp1, 'sh', '-c', 'cd /etc/kubernetes/pki; find . -type f -exec sha256sum {} + | sort');
    await on(cp1, 'rm', '-r', '/etc/kubernetes/pki');
    const restore = ['kinit', 'etcd', 'snapshot', 'restore', '/root/etcd.db', '--yes'];
    const refused = await cp1.run([...restore, '--pki', '/root/etcd.pki.age', '--pki-identity', '/root/other.pem']);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('was not encrypted for this key')]);
    expect((await cp1.run(['ls', '/etc/kubernetes/pki'])).code).not.toBe(0);
    const argv = [...restore, '--pki', '/root/etcd.pki.age', '--pki-identity', '/root/key.pem'];
    const { code, stderr } = await cp1.run(argv, { timeout: 300 });
    expect(code, stderr).toBe(0);
    const names = await kubectl('get', 'configmaps', '-o', 'name');
    const pki = await on(cp1, 'sh', '-c', 'cd /etc/kubernetes/pki; find . -type f -exec sha256sum {} + | sort');
    expect(pki).toBe(before);
    expect(await on(cp1, 'stat', '-c', '%a', '/etc/kubernetes/pki/ca.key')).toBe('600\n');
    expect([names.includes('configmap/before'), names.includes('configmap/after')]).toEqual([true, false]);
  });
});
