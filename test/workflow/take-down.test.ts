import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/error.ts';
import { type Reporter, silentReporter } from '../../src/report/reporter.ts';
import { type TakeDownInput, takeDown } from '../../src/workflows/cluster/take-down.ts';
import { bareMachine } from '../fakes/bare-machine.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { quietRun } from '../run.ts';

const node: KubeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'w1' }, spec: {} };
const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'db', namespace: 'default' },
  spec: { nodeName: 'w1' },
};

/** A cluster whose one pod a disruption budget holds where it is. */
function heldCluster(): FakeKube {
  const kube = new FakeKube(node, pod);
  kube.unevictable.add('default/db');
  return kube;
}

function input(change: Partial<TakeDownInput>): TakeDownInput {
  return {
    kube: undefined,
    run: quietRun(),
    drainDeadline: 0.001,
    force: false,
    command: 'kinit node remove',
    ...change,
  };
}

describe('taking a node down', () => {
  test('does not touch the host as long as a pod cannot leave, and says how to go on', async () => {
    const kube = heldCluster();
    const host = new FakeHost({ name: 'w1' });
    await expect(takeDown({ node: 'w1', host }, input({ kube }))).rejects.toMatchObject({
      message: expect.stringMatching(/^1 pod did not leave within .*: default\/db$/),
      hint: expect.stringContaining('kubectl uncordon w1'),
    });
    expect(host.roundTrips).toBe(0);
    expect(kube.objects('Node')).toHaveLength(1);
  });

  test('with force goes past such a pod and warns of it', async () => {
    const kube = heldCluster();
    const warnings: string[] = [];
    const report: Reporter['report'] = (event) => void (event.type === 'warning' && warnings.push(event.text));
    const forced = input({ kube, force: true, run: quietRun({ reporter: { ...silentReporter, report } }) });
    expect(await takeDown({ node: 'w1', host: undefined }, forced)).toEqual([]);
    expect(warnings.join()).toContain('default/db');
    expect(kube.objects('Node')).toEqual([]);
  });

  test('asks no pod to leave where no time is given', async () => {
    const kube = heldCluster();
    await takeDown({ node: 'w1', host: undefined }, input({ kube, drainDeadline: 0 }));
    expect(kube.calls.join('\n')).not.toContain('evict');
    expect(kube.objects('Node')).toEqual([]);
  });

  test.each([
    ['answers no eviction', /^list Pod/],
    ['does not delete the Node', /^delete Node/],
  ])('goes past a cluster that %s where all of it goes, and warns of it; else it does not', async (_, call) => {
    const silent = () => {
      const kube = new FakeKube(node);
      kube.failNext(call, new KubeError(0, 'Timeout', 'does not answer in time'));
      return kube;
    };
    const host = bareMachine('w1');
    const warnings: string[] = [];
    const report: Reporter['report'] = (event) => void (event.type === 'warning' && warnings.push(event.text));
    const going = input({
      kube: silent(),
      clusterGoes: true,
      run: quietRun({ reporter: { ...silentReporter, report } }),
    });
    expect(await takeDown({ node: 'w1', host }, going)).toEqual([]);
    expect(warnings).toContainEqual(expect.stringContaining('does not answer in time'));
    await expect(takeDown({ node: 'w1', host }, input({ kube: silent() }))).rejects.toThrow('does not answer in time');
  });

  test('has nothing to do where neither host nor cluster can be reached', async () => {
    expect(await takeDown({ node: 'w1', host: undefined }, input({}))).toEqual([]);
  });
});
