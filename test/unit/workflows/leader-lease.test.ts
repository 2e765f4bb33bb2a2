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

/** A host that tells of these processes, and of `endedCode` whether they have ended. */
function place(kube: FakeKube, { told = '812:4711\n', endedCode = 0 } = {}) {
  const answer = (argv: readonly string[]) => (argv[5] === '812:4711' ? { code: endedCode } : { stdout: told });
  const host = new FakeHost({ name: 'm1', commands: { sh: answer } });
  return on(quietRun(), { host, release: releaseFor(parseVersion('v1.21.14')), kube: async () => kube });
}

function led(spec: object | undefined, from = 'v1.20.2', told?: string) {
  const kube = new FakeKube(...(spec === undefined ? [] : [lease(spec)]));
  const at = place(kube, told === undefined ? {} : { told });
  return leadershipOf(component, { from: parseVersion(from), hostname: 'm1' }, at);
}

describe('the leadership of a component before it begins anew', () => {
  test('is what its Lease says of this host', async () => {
    expect(await led(ours)).toEqual({ component, identity: 'm1_6a1d', processes: ['812:4711'] });
  });

  test('is there though its process has just ended', async () => {
    expect(await led(ours, 'v1.20.2', '')).toMatchObject({ processes: [] });
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
    ['ends with its process', 0, ours.holderIdentity, ''],
    ['stays while the process of before runs', 1, ours.holderIdentity, ours.holderIdentity],
    ['stays with whoever has it by now', 0, 'm2_77e0', 'm2_77e0'],
  ])('%s', async (_, endedCode, holderIdentity, after) => {
    const kube = new FakeKube(lease({ ...ours, holderIdentity }));
    const leadership = { component, identity: ours.holderIdentity, processes: ['812:4711'] } as const;
    await endLeadership(leadership, place(kube, { endedCode }));
    expect(kube.objects('Lease')[0]).toMatchObject({ spec: { holderIdentity: after } });
  });
});
