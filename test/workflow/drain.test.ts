import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/client.ts';
import { drain } from '../../src/workflows/cluster/drain.ts';
import { FakeKube } from '../fake-kube.ts';

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

async function drained(kube: FakeKube, deadlineMs = 60_000) {
  const told: string[] = [];
  const left = await drain(kube, 'w1', {
    deadlineMs,
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

  test('has nothing to do for a node that the cluster does not know', async () => {
    const kube = new FakeKube(pod('web'));
    expect((await drained(kube)).left).toEqual([]);
    expect(kube.objects('Pod')).toHaveLength(1);
  });
});
