import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { at, kit, on, ssh } from './kit.ts';

const k = kit('masters');
let cp1: LabHost;
let cp2: LabHost;

const kubectl = (host: LabHost, ...argv: string[]) =>
  on(host, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', ...argv);
const { version } = k.lab;

/** The names of etcd's members. */
async function members(): Promise<readonly string[]> {
  const pki = '/etc/kubernetes/pki/etcd';
  const files = [`--cacert=${pki}/ca.crt`, `--cert=${pki}/server.crt`, `--key=${pki}/server.key`];
  const argv = ['etcdctl', '--endpoints=https://127.0.0.1:2379', ...files, 'member', 'list', '-w', 'json'];
  const list = JSON.parse(await kubectl(cp1, '-n', 'kube-system', 'exec', 'etcd-cp1', '--', ...argv));
  return (list as { members: { name: string }[] }).members.map(({ name }) => name).sort();
}

/** The control planes that kubeadm-config names. */
async function named(): Promise<readonly string[]> {
  const path = 'jsonpath={.data.ClusterStatus}';
  const status = await kubectl(cp1, '-n', 'kube-system', 'get', 'configmap', 'kubeadm-config', '-o', path);
  return ['cp1', 'cp2'].filter((name) => status.includes(`${name}:`));
}

beforeAll(async () => {
  [cp1, cp2] = (await k.lab.up([{ name: 'cp1' }, { name: 'cp2', kubeadm: true }])) as [LabHost, LabHost];
});
afterAll(() => k.lab.down());

describe('two control planes', () => {
  it('come up with the certificates that kinit uploaded: the real kubeadm downloads and uses them', async () => {
    const init = await k.kinit(
      [
        ...(await k.init({ podSubnet: '10.244.0.0/16', endpoint: `${cp1.address}:6443` })),
        ...['--upload-certs', ...at(cp1), ...ssh(k)],
      ],
      { timeout: 300 },
    );
    expect(init.code, init.stderr).toBe(0);
    const found = /(?:kinit|kubeadm) (join (?:[^\n]*\\\n)*[^\n]*--control-plane[^\n]*)/.exec(init.stdout)?.[1] ?? '';
    const words = found
      .replaceAll(/\\\n\s*/g, ' ')
      .trim()
      .split(/\s+/);
    expect(words).toContain('--certificate-key');
    await on(cp2, 'kubeadm', ...words, `--cri-socket=${version.criSocket}`, '--ignore-preflight-errors=all');
    expect(await kubectl(cp1, 'get', 'nodes', '-o', 'name')).toBe('node/cp1\nnode/cp2\n');
    expect(await members()).toEqual(['cp1', 'cp2']);
    expect(await named()).toEqual(version.clusterStatus ? ['cp1', 'cp2'] : []);
  });

  it('go on as one when the other is reset: its etcd member leaves first', async () => {
    const reset = await k.kinit(['reset', '--force', ...at(cp2), ...ssh(k)], { timeout: 300 });
    expect(reset.code, reset.stderr).toBe(0);
    expect(reset.stderr).toContain(`Removing the etcd member https://${cp2.address}:2380`);
    await kubectl(cp1, 'create', 'configmap', 'written', '--from-literal=after=reset');
    expect(await members()).toEqual(['cp1']);
    expect(await named()).toEqual(version.clusterStatus ? ['cp1'] : []);
    expect(await on(cp2, 'ls', '-A', '/var/lib/etcd')).toBe('');
  });

  it('a second reset of it has nothing to do and leaves the cluster alone', async () => {
    const again = await k.kinit(['reset', '--force', ...at(cp2), ...ssh(k)], { timeout: 300 });
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toContain('nothing was there');
    await kubectl(cp1, 'delete', 'configmap', 'written');
  });
});
