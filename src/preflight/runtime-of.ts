import type { Facts, Runtime } from '../host/facts/facts.ts';
import type { MachineTraits } from '../release/limits.ts';
import { type Subject, socketPath } from './subject.ts';

/** The runtime behind the node's CRI socket, where the host told about it. */
export function runtimeOf({ runtimes }: Facts, { criSocket }: Pick<Subject, 'criSocket'>): Runtime | undefined {
  const path = socketPath(criSocket);
  return runtimes.find(({ socket }) => socket === path);
}

/** The kubelet talks to docker through its own dockershim. */
export function isDocker({ criSocket }: Subject): boolean {
  return socketPath(criSocket) === '/var/run/docker.sock';
}

/** The machine as the limits see it. */
export function machineOf(facts: Facts, subject: Subject): MachineTraits {
  const runtime = runtimeOf(facts, subject);
  const kind = isDocker(subject) ? 'docker' : runtime?.name === 'containerd' ? 'containerd' : 'other';
  return {
    kernel: facts.kernel,
    cgroup: facts.cgroup.version,
    allowCgroupV1: subject.kubelet['failCgroupV1'] === false,
    runtime: { kind, version: runtime?.version },
  };
}
