import { describe, expect, test } from 'vitest';
import { on } from '../../../src/execute/target.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { lastSign, passGate } from '../../../src/workflows/cluster/upgrade/gate.ts';
import { FakeHost } from '../../fakes/host.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { quietRun } from '../../run.ts';

const version = parseVersion('v1.21.9');
const renewTime = '2026-01-01T00:10:00.000000Z';
const before = { renewTime, containers: new Set(['old']) };

const node = (kubeletVersion: string, ready = 'True'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'm1' },
  status: { conditions: [{ type: 'Ready', status: ready }], nodeInfo: { kubeletVersion } },
});
const lease = (renewTime: string): KubeObject => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'm1', namespace: 'kube-node-lease' },
  spec: { renewTime },
});
const pod = (status: object, probes: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'kube-scheduler-m1', namespace: 'kube-system' },
  spec: { nodeName: 'm1', containers: [{ name: 'kube-scheduler', ...probes }] },
  status: { phase: 'Running', ...status },
});
const notReady = [{ type: 'Ready', status: 'False' }];
const container = (containerID: string, more: object = { ready: false, started: false }) => [
  { name: 'kube-scheduler', containerID, state: { running: {} }, ...more },
];
const earlier = 'containerd://old';
const since = 'containerd://new';
const alive = lease('2026-01-01T00:12:00.000000Z');

async function through(...objects: readonly KubeObject[]): Promise<boolean> {
  const kube = new FakeKube(...objects);
  const target = on(quietRun(), {
    host: new FakeHost({ name: 'm1' }),
    release: releaseFor(version),
    kube: async () => kube,
  });
  return passGate({ node: 'm1', version, before, deadline: 0.01 }, target).then(
    () => true,
    () => false,
  );
}

describe('the gate behind a node of an upgrade', () => {
  test.each<[string, boolean, readonly KubeObject[]]>([
    [
      'is passed by a kubelet of the version whose pods are ready',
      true,
      [node('v1.21.9'), alive, pod({ conditions: [{ type: 'Ready', status: 'True' }] })],
    ],
    ['keeps a kubelet that has said nothing since', false, [node('v1.21.9'), lease(renewTime)]],
    ['keeps a kubelet of the version before', false, [node('v1.20.2'), alive]],
    ['keeps a node that is not Ready', false, [node('v1.21.9', 'False'), alive]],
    [
      'is passed by a container that ran on and whose startup probe alone is asked again',
      true,
      [node('v1.21.9'), alive, pod({ conditions: notReady, containerStatuses: container(earlier) })],
    ],
    [
      'keeps a container that began since and has not started up',
      false,
      [node('v1.21.9'), alive, pod({ conditions: notReady, containerStatuses: container(since) })],
    ],
    [
      'keeps a container that ran on and fails its readiness probe',
      false,
      [
        node('v1.21.9'),
        alive,
        pod(
          { conditions: notReady, containerStatuses: container(earlier, { ready: false, started: true }) },
          { readinessProbe: {} },
        ),
      ],
    ],
    [
      'is passed by a container that has started up and is asked for no more, though its kubelet has not said yet that it is ready',
      true,
      [
        node('v1.21.9'),
        alive,
        pod({ conditions: notReady, containerStatuses: container(since, { ready: false, started: true }) }),
      ],
    ],
    [
      'keeps a pod that has ended its container',
      false,
      [
        node('v1.21.9'),
        alive,
        pod({
          conditions: notReady,
          containerStatuses: [{ name: 'a', ready: false, started: false, state: { terminated: {} } }],
        }),
      ],
    ],
    ['keeps a pod of which nothing is known', false, [node('v1.21.9'), alive, pod({})]],
  ])('%s', async (_, expected, objects) => {
    expect(await through(...objects)).toBe(expected);
  });
});

describe('the last sign of a kubelet', () => {
  const id = (digit: string) => digit.repeat(64);

  test('is when it renewed its Lease, and the containers that it or its host tells of', async () => {
    const kube = new FakeKube(lease(renewTime), pod({ containerStatuses: container(`containerd://${id('a')}`) }));
    const group = `0::/kubepods.slice/kubepods-pod0.slice/cri-containerd-${id('b')}.scope`;
    const host = new FakeHost({ commands: { sh: { stdout: `/proc/7/cgroup:${group}\n/proc/9/comm:pause\n` } } });
    const sign = await lastSign(kube, 'm1', { host, signal: new AbortController().signal });
    expect(sign).toEqual({ renewTime, containers: new Set([id('b'), id('a')]) });
  });
});
