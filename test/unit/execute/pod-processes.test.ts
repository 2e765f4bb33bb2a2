import { describe, expect, test } from 'vitest';
import { KinitError } from '../../../src/errors.ts';
import { withoutProcesses } from '../../../src/execute/pod-processes.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import { FakeHost } from '../../fakes/host.ts';

const uid = '0f3c8d1e-52a7-4b61-9c11-7d2be7a4f001';
const other = '5b1f7a90-1c2d-4e3f-8a9b-0c1d2e3f4a5b';
const pod = (spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'coredns', namespace: 'kube-system', uid },
  spec,
});

/** As grep tells them: cgroup v1 of a kubelet on cgroupfs, and cgroup v2 on systemd. */
const cgroupfs = (id: string, container: string, of = uid) =>
  `/proc/${id}/cgroup:4:memory:/kubepods/burstable/pod${of}/${container}`;
const systemd = (id: string, container: string, of = uid) =>
  `/proc/${id}/cgroup:0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${of.replaceAll('-', '_')}.slice/cri-containerd-${container}.scope`;
const proxy = systemd('41', 'ccc', other);

async function gone(told: readonly string[], of: KubeObject, code = 0) {
  const host = new FakeHost({ commands: { sh: { code, stdout: `${told.join('\n')}\n` } } });
  return (await withoutProcesses([of], host, new AbortController().signal)).size === 1;
}

describe('a pod that is being deleted', () => {
  test.each<[string, boolean, readonly string[], KubeObject]>([
    ['is there while a process of it runs', false, [proxy, systemd('9', 'aaa')], pod()],
    ['is there on a kubelet that names groups itself', false, [proxy, cgroupfs('9', 'aaa')], pod()],
    ['has left with the last of its processes', true, [proxy], pod()],
    ['has left where only its network is held', true, [proxy, systemd('7', 'bbb'), '/proc/7/comm:pause'], pod()],
    [
      'is there where a process runs beside that',
      false,
      [cgroupfs('7', 'b'), cgroupfs('8', 'a'), '/proc/7/comm:pause'],
      pod(),
    ],
    ['may be there on a host that tells of no pod', false, [], pod()],
    ['may be there where a virtual machine has it', false, [proxy], pod({ runtimeClassName: 'kata' })],
  ])('%s', async (_, expected, told, of) => {
    expect(await gone(told, of)).toBe(expected);
  });

  const silent = new FakeHost({
    commands: {
      sh: () => {
        throw new KinitError('connection lost');
      },
    },
  });

  test('may be there where the host does not answer', async () => {
    expect((await withoutProcesses([pod()], silent, new AbortController().signal)).size).toBe(0);
  });

  test('does not keep a run that was interrupted', async () => {
    await expect(withoutProcesses([pod()], silent, AbortSignal.abort())).rejects.toThrow('connection lost');
  });
});
