import { describe, expect, test } from 'vitest';
import { on } from '../../../src/execute/target.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { endLeadership, leadershipOf } from '../../../src/workflows/node/upgrade/leader-lease.ts';
import { FakeHost } from '../../fakes/host.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { quietRun } from '../../run.ts';

const component = 'kube-controller-manager';
const lease = (spec: object): KubeObject => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: component, namespace: 'kube-system' },
  spec,
});
const ours = { holderIdentity: 'm1_6a1d', leaseDurationSeconds: 15 };

function place(kube: FakeKube, processes = 1) {
  const host = new FakeHost({ name: 'm1', commands: { sh: { code: processes === 1 ? 0 : 1 } } });
  return on(quietRun(), { host, release: releaseFor(parseVersion('v1.21.14')), kube: async () => kube });
}

function led(spec: object | undefined, from = 'v1.20.2') {
  const kube = new FakeKube(...(spec === undefined ? [] : [lease(spec)]));
  return leadershipOf(component, { from: parseVersion(from), hostname: 'm1' }, place(kube));
}

describe('the leadership of a component before it begins anew', () => {
  test('is what its Lease says of this host', async () => {
    expect(await led(ours)).toEqual({ component, identity: 'm1_6a1d' });
  });

  test.each<[string, object | undefined, string]>([
    ['another host leads', { holderIdentity: 'm10_6a1d' }, 'v1.20.2'],
    ['nobody has led yet', undefined, 'v1.20.2'],
    ['Endpoints are elected by too', ours, 'v1.19.16'],
    ['a coordinator elects (CoordinatedLeaderElection)', { ...ours, strategy: 'OldestEmulationVersion' }, 'v1.33.0'],
  ])('is none of ours where %s', async (_, spec, from) => {
    expect(await led(spec, from)).toBeUndefined();
  });

  test.each([
    ['ends with its process', 1, ours.holderIdentity, ''],
    ['stays while the process of before runs', 2, ours.holderIdentity, ours.holderIdentity],
    ['stays with whoever has it by now', 1, 'm2_77e0', 'm2_77e0'],
  ])('%s', async (_, processes, holderIdentity, after) => {
    const kube = new FakeKube(lease({ ...ours, holderIdentity }));
    await endLeadership({ component, identity: ours.holderIdentity }, place(kube, processes));
    expect(kube.objects('Lease')[0]).toMatchObject({ spec: { holderIdentity: after } });
  });
});
