import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packetFilterCleanup, type TableCleanup } from '../../../../src/phases/reset/packet-filter.ts';

const rulesOf = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../fixtures/reset', `${name}.rules`), 'utf8');
const real = rulesOf('kube-proxy-bridge.nft');
const mixed = rulesOf('calico-podman.legacy');

/** What `iptables-restore --noflush` makes of a packet filter: enough of it to see what stays. */
function restored(save: string, cleanups: readonly TableCleanup[]): string {
  return save
    .split(/^(?=\*)/m)
    .map((table) => {
      const cleanup = cleanups.find(({ table: name }) => table.startsWith(`*${name}\n`));
      const isDeleted = (line: string) => cleanup?.rules.some((rule) => line === `-A ${rule}`);
      const isInside = (line: string) =>
        cleanup?.chains.some((chain) => line.startsWith(`:${chain} `) || line.startsWith(`-A ${chain} `));
      return table
        .split('\n')
        .filter((line) => !isDeleted(line) && !isInside(line))
        .join('\n');
    })
    .join('');
}

describe('taking Kubernetes out of a packet filter', () => {
  test('takes every chain of kube-proxy, the kubelet and the bridge plugin, and the rules that go there', () => {
    const left = restored(real, packetFilterCleanup(real));
    expect(left).not.toMatch(/KUBE-|CNI-/);
    expect(left.match(/^-A .*$/gm)).toBeNull();
    expect(left.match(/^:\w+ ACCEPT/gm)).toHaveLength(real.match(/^:\w+ ACCEPT/gm)?.length ?? 0);
  });

  test('is done with one input for each table, rules before the chains that they go to', () => {
    const [mangle, filter] = packetFilterCleanup(real);
    expect(mangle?.restore).toBe(
      '*mangle\n:KUBE-KUBELET-CANARY - [0:0]\n:KUBE-PROXY-CANARY - [0:0]\n-X KUBE-KUBELET-CANARY\n-X KUBE-PROXY-CANARY\nCOMMIT\n',
    );
    expect(filter?.restore).toMatch(/-D INPUT[\s\S]*-X KUBE-/);
    expect(filter?.restore).not.toMatch(/-X KUBE-[\s\S]*-D INPUT/);
  });

  test('is over when it has been done', () => {
    expect(packetFilterCleanup(restored(real, packetFilterCleanup(real)))).toEqual([]);
    expect(packetFilterCleanup(restored(mixed, packetFilterCleanup(mixed)))).toEqual([]);
  });

  test.each(['', "# Table `nat' is incompatible, use 'nft' tool.\n", '*filter\n:INPUT DROP [5:7]\nCOMMIT\n'])(
    'finds nothing where there is nothing: %j',
    (save) => {
      expect(packetFilterCleanup(save)).toEqual([]);
    },
  );
});

describe('the rules of others stay:', () => {
  const left = restored(mixed, packetFilterCleanup(mixed));

  test.each([
    ['the host’s own', '-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT'],
    ['a comment that only speaks of us', 'ssh for \\"ops\\", see KUBE-NOTES'],
    ['a chain of a similar name', '-A my-kube-rules -s 10.0.0.0/8 -j ACCEPT'],
    ['the way there', '--dport 6443 -j my-kube-rules'],
    ['docker’s', '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER'],
    ['libvirt’s', '-A POSTROUTING -s 192.168.122.0/24 ! -d 192.168.122.0/24 -j MASQUERADE'],
    ['podman’s network', '-j CNI-aaaaaaaaaaaaaaaaaaaaaaaa'],
    ['podman’s ports', '--dports 8080 -j CNI-DN-1d1d1d1d1d1d1d1d1d1d1'],
    ['what podman’s ports need', ':CNI-HOSTPORT-SETMARK - [0:0]'],
    ['the way to podman’s ports', '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT'],
  ])('%s', (_, rule) => {
    expect(left).toContain(rule);
  });

  test('while all of the pod networks’ go, also their rules without a chain', () => {
    expect(left).not.toMatch(/cali[-:]|FLANNEL|flanneld|KUBE-(?!NOTES)|k8s-pod-network|CNI-bbb|CNI-DN-2/);
  });

  test('and the policies of built-in chains', () => {
    expect(left).toContain(':INPUT DROP [0:0]');
    expect(left).toContain(':FORWARD DROP [0:0]');
  });
});
