import { describe, expect, test } from 'vitest';
import { bringBack } from '../../../src/execute/bring-back.ts';
import type { Change, DrainChange } from '../../../src/execute/change.ts';
import { kindOf } from '../../../src/execute/changes/table.ts';
import { perform } from '../../../src/execute/executor.ts';
import { passingJournal } from '../../../src/execute/journal.ts';
import { cordonedBy, type DrainOptions, drain } from '../../../src/execute/perform-drain.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import type { Phase } from '../../../src/phases/phase.ts';
import { runStage } from '../../../src/workflows/stage.ts';
import { FakeHost } from '../../fakes/host.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { target } from './target.ts';

const node = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} });

function pod(name: string, more: Record<string, unknown> = {}, nodeName = 'w1'): KubeObject {
  const { metadata, ...rest } = more as { metadata?: object };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...metadata },
    spec: { nodeName },
    ...rest,
  };
}

const staying: readonly KubeObject[] = [
  pod('mirror', { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }),
  pod('agent', { metadata: { ownerReferences: [{ kind: 'DaemonSet', name: 'agent', controller: true }] } }),
  pod('ended', { status: { phase: 'Succeeded' } }),
  pod('never-ran', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, status: { phase: 'Pending' } }),
  pod('elsewhere', {}, 'w2'),
];

async function drained(kube: FakeKube, milliseconds = 60_000, more: Pick<DrainOptions, 'ended' | 'until'> = {}) {
  const told: string[] = [];
  const left = await drain(kube, 'w1', {
    ...more,
    end: Date.now() + milliseconds,
    signal: new AbortController().signal,
    tell: (text) => told.push(text),
  });
  return { left, told };
}

describe('draining a node', () => {
  test('evicts its pods and no others, and keeps new ones away', async () => {
    const kube = new FakeKube(node('w1'), node('w2'), pod('web'), ...staying);
    expect((await drained(kube)).left).toEqual([]);
    expect(kube.objects('Pod').map(({ metadata }) => metadata.name)).toEqual([
      'mirror',
      'agent',
      'ended',
      'never-ran',
      'elsewhere',
    ]);
    expect(kube.objects('Node')[0]).toMatchObject({ spec: { unschedulable: true } });
    expect(kube.objects('Node')[1]).toMatchObject({ spec: {} });
  });

  test('keeps disruption budgets, and names what they hold at the deadline', async () => {
    const kube = new FakeKube(node('w1'), pod('web'), pod('db'));
    kube.unevictable.add('default/db');
    const { left, told } = await drained(kube, 1);
    expect(left).toEqual(['default/db']);
    expect(told.join('\n')).toContain('a disruption budget holds default/db');
  });

  test('goes on as soon as a budget lets it', async () => {
    const kube = new FakeKube(node('w1'), pod('db'));
    kube.unevictable.add('default/db');
    const work = drained(kube);
    kube.unevictable.clear();
    expect((await work).left).toEqual([]);
  });

  test.each([
    ['what it has taken itself', {}, undefined],
    ['nothing that somebody else had cordoned before', { unschedulable: true }, true],
  ])('gives back %s, where it says who it is', async (_, spec, after) => {
    const kube = new FakeKube({ ...node('w1'), spec });
    const at = target({ kube: async () => kube });
    const by = (how: 'drained' | 'back'): Change => ({ kind: 'drain', how, node: 'w1', deadline: 1, owner: 'upgrade' });
    await perform([{ phase: 'drain', change: by('drained') }], at);
    expect(kube.objects('Node')[0]).toMatchObject({ spec: { unschedulable: true } });
    await perform([{ phase: 'drain', change: by('back') }], at);
    const [given] = kube.objects('Node');
    expect(given?.['spec']).toEqual(after === undefined ? {} : { unschedulable: after });
    expect(given?.metadata.annotations?.[cordonedBy]).toBe(undefined);
  });

  const ended = { state: { terminated: {} } };
  const running = { state: { running: {} } };
  test.each<[string, number, object, readonly object[]]>([
    ['does not wait for a pod whose containers have ended', 0, {}, [ended, ended]],
    ['waits for one of which a container runs on', 1, {}, [ended, running]],
    ['waits for one of which not every container is told', 1, {}, [ended]],
    ['does not wait where its volumes are folders of the node', 0, { volumes: [{ emptyDir: {} }] }, [ended, ended]],
    ['waits until another volume is unmounted', 1, { volumes: [{ persistentVolumeClaim: {} }] }, [ended, ended]],
  ])('of those that are being deleted it %s', async (_, left, more, containerStatuses) => {
    const spec = { nodeName: 'w1', containers: [{ name: 'a' }, { name: 'b' }], ...more };
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const kube = new FakeKube(
      node('w1'),
      pod('web', { metadata, spec, status: { phase: 'Running', containerStatuses } }),
    );
    expect((await drained(kube, 1)).left).toHaveLength(left);
  });

  const leaving = { metadata: { uid: 'u', deletionTimestamp: '2026-01-01T00:00:00Z' }, status: { phase: 'Running' } };
  test.each<[string, boolean, object]>([
    ['does not wait', false, {}],
    ['waits where a volume of its is not of the node', true, { volumes: [{ persistentVolumeClaim: {} }] }],
  ])('%s for a pod whose processes have ended', async (_, waits, more) => {
    const kube = new FakeKube(
      node('w1'),
      pod('web', { ...leaving, spec: { nodeName: 'w1', containers: [{ name: 'a' }], ...more } }),
    );
    const asked: string[] = [];
    const ended = async (pods: readonly KubeObject[]) => {
      asked.push(...pods.map(({ metadata }) => metadata.name));
      return new Set(pods);
    };
    expect((await drained(kube, 1, { ended })).left).toEqual(waits ? ['default/web'] : []);
    expect(asked).toEqual(waits ? [] : ['web']);
  });

  test('does not ask after pods that a disruption budget keeps', async () => {
    const kube = new FakeKube(node('w1'), pod('db'));
    kube.unevictable.add('default/db');
    const ended = async (pods: readonly KubeObject[]) => new Set(pods);
    expect((await drained(kube, 1, { ended })).left).toEqual(['default/db']);
  });

  const slow = pod('slow', { ...leaving, spec: { nodeName: 'w1', containers: [{ name: 'a' }] } });
  const told = (pod: KubeObject) => pod.metadata['deletionTimestamp'] !== undefined;
  test('waits for no pod to leave where it only has to be told, but for those that a budget holds', async () => {
    const kube = new FakeKube(node('w1'), slow, pod('web'), pod('db'));
    expect((await drained(kube, 60_000, { until: told })).left).toEqual([]);
    expect(kube.objects('Pod').map(({ metadata }) => metadata.name)).toEqual(['slow']);
    const holding = new FakeKube(node('w1'), slow, pod('db'));
    holding.unevictable.add('default/db');
    const held = await drained(holding, 1, { until: told });
    expect(held.left).toEqual(['default/db']);
    expect(held.told).toEqual(['1 pod to leave; a disruption budget holds default/db']);
  });

  test('has nothing to do for a node that the cluster does not know', async () => {
    const kube = new FakeKube(pod('web'));
    expect((await drained(kube)).left).toEqual([]);
    expect(kube.objects('Pod')).toHaveLength(1);
  });
});

const change: DrainChange = { kind: 'drain', how: 'drained', node: 'w1', deadline: 60 };
const draining: Phase<object> = {
  name: 'drain',
  title: 'Drained',
  reads: () => ({ objects: [{ apiVersion: 'v1', kind: 'Node', name: 'w1' }] }),
  desired: () => [change],
};
const journal = passingJournal('upgrade');

describe('a drain as a change', () => {
  test.each([
    ['takes pods again', {}, undefined],
    ['stays without new pods where somebody had cordoned it', { unschedulable: true }, true],
  ])('when it is undone, the node %s', async (_, spec, after) => {
    const kube = new FakeKube({ ...node('w1'), spec: { ...spec, podCIDR: '10.244.1.0/24' } }, pod('web'));
    const refused: Change = { kind: 'command', argv: ['fails'] };
    const at = target({ kube: async () => kube, host: new FakeHost({ commands: { fails: { code: 1 } } }) });
    const failing = { ...draining, desired: () => [change, refused] };
    const options = { journal, undoOnFailure: true };
    await expect(runStage([failing], {}, at, {}, options)).rejects.toThrow('`fails` failed');
    expect(kube.objects('Pod')).toEqual([]);
    expect(kube.objects('Node')[0]?.['spec']).toEqual({
      podCIDR: '10.244.1.0/24',
      ...(after === undefined ? {} : { unschedulable: after }),
    });
  });

  test.each([
    ['leaving', 'said to leave is told so, and may still be there', true],
    ['drained', 'waited for has left', false],
  ] as const)('%s: what was %s', async (how, _, isEnough) => {
    const spec = { nodeName: 'w1', containers: [{ name: 'a' }] };
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const kube = new FakeKube(node('w1'), pod('slow', { metadata, spec }));
    const at = target({ kube: async () => kube, host: new FakeHost({ commands: { sh: {} } }) });
    const work = perform([{ phase: 'drain', change: { ...change, how, deadline: 0.001 } }], at);
    if (isEnough) await work;
    else await expect(work).rejects.toThrow('1 pod did not leave');
    expect(kube.objects('Node')[0]).toMatchObject({ spec: { unschedulable: true } });
  });

  test('ends when the time is over that it shares with the one before it', async () => {
    const kube = new FakeKube(node('w1'), pod('db'));
    kube.unevictable.add('default/db');
    const at = target({ kube: async () => kube });
    const late = perform([{ phase: 'drain', change: { ...change, end: Date.now() - 1 } }], at);
    await expect(late).rejects.toThrow('1 pod did not leave within 60s: default/db');
  });

  test('is undone by the next run too', async () => {
    const kube = new FakeKube(node('w1'), pod('db'));
    kube.unevictable.add('default/db');
    const at = target({ kube: async () => kube });
    const short = { ...draining, desired: () => [{ ...change, deadline: 0.001 } as Change] };
    await expect(runStage([short], {}, at, {}, { journal })).rejects.toThrow('1 pod did not leave');
    expect(kube.objects('Node')[0]).toMatchObject({ spec: { unschedulable: true } });
    expect(await bringBack(journal, at)).toBe(true);
    expect(kube.objects('Node')[0]?.['spec']).toEqual({});
  });

  test('does nothing in a rehearsal, and shows what it would do', async () => {
    const kube = new FakeKube(node('w1'), pod('web'));
    await runStage([draining], {}, target({ kube: async () => kube, rehearsal: true }));
    expect(kube.objects('Pod')).toHaveLength(1);
    const { entries, script, words } = kindOf(change);
    expect([entries(change, undefined), script(change, 0), words(change)]).toEqual([
      [{ action: 'update', what: 'Node w1: no new pods, and those on it evicted' }],
      ["kubectl drain w1 --ignore-daemonsets --delete-emptydir-data --force '--timeout=60s'"],
      'draining node w1',
    ]);
  });
});
