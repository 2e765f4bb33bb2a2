import { describe, expect, it } from 'vitest';
import { KinitError } from '../../../src/errors.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import { parseVersion } from '../../../src/release/version.ts';
import type { EtcdClusterStatus } from '../../../src/workflows/cluster/etcd-members.ts';
import { versionsOf } from '../../../src/workflows/cluster/upgrade/way/versions.ts';
import { FakeKube } from '../../fakes/kube.ts';

const node = (kubeletVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'w1' },
  status: { nodeInfo: { kubeletVersion } },
});

const versions = (kubelet: string, etcd?: EtcdClusterStatus) =>
  versionsOf(new FakeKube(), parseVersion('v1.20.2'), [node(kubelet)], etcd);

function etcdOf(version: string): EtcdClusterStatus {
  const member = { name: 'm1', role: 'leader', version, alarms: [] };
  return { members: [member] } as unknown as EtcdClusterStatus;
}

describe('what runs in a cluster', () => {
  it('is read from its nodes and from etcd', async () => {
    const { etcd, nodes } = await versions('v1.20.2', etcdOf('3.4.13'));
    expect([etcd, nodes[0]?.kubelet.text]).toEqual(['3.4.13', 'v1.20.2']);
  });

  it.each([
    ['a kubelet of no version', '', undefined, 'the kubelet of w1 says that it is ""'],
    [
      'a kubelet of a shell',
      '\u001b[2J$(reboot)',
      undefined,
      'the kubelet of w1 says that it is "\\u001b[2J$(reboot)"',
    ],
    ['a kubelet of a version that nobody knows', 'v1.999.0', undefined, 'the kubelet of w1 says that it is "v1.999.0"'],
    ['a kubelet whose version is a megabyte', 'v'.repeat(1e6), undefined, 'the kubelet of w1 says that it is "vvv'],
    ['an etcd of no version', 'v1.20.2', etcdOf(''), 'etcd\'s member m1 says that it is ""'],
    ['an etcd of another program', 'v1.20.2', etcdOf('<html>'), 'etcd\'s member m1 says that it is "<html>"'],
  ])('is not guessed where it tells of %s: nothing is touched', async (_, kubelet, etcd, says) => {
    const error = await versions(kubelet, etcd).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KinitError);
    const { message, exitCode, hint } = error as KinitError;
    expect(message).toContain(says);
    expect(message).toMatch(/; nothing was touched$/);
    expect(message.length).toBeLessThan(300);
    expect([exitCode, hint]).toEqual([2, expect.stringContaining('kinit knows v1.18.0 to')]);
  });
});
