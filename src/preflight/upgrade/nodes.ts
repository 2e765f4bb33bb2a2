import type { KubeObject } from '../../kube/client.ts';
import { isControlPlaneNode, isReady } from '../../kube/node.ts';
import { firstOf } from '../../printable.ts';
import { limitsOf, type MachineTraits } from '../../release/limits.ts';
import type { Version } from '../../release/version.ts';
import { failure, type Problem, warning } from '../problem.ts';
import type { UpgradeRule } from './seen.ts';

/** kubeadm ControlPlaneNodesReady (app/phases/upgrade/health.go); of workers it is told. */
export const notReady: UpgradeRule = ({ nodes }) =>
  nodes.flatMap((node) => {
    if (isReady(node)) return [];
    const message = `node ${node.metadata.name} is not Ready`;
    const mend = `kubectl describe node ${node.metadata.name}; kinit node remove ${node.metadata.name} takes a dead one out`;
    return [
      isControlPlaneNode(node)
        ? failure('ControlPlaneNodesReady', message, { mend })
        : warning('NodesReady', message, { mend }),
    ];
  });

/** The way ends at the first version that a host does not carry: nothing is begun then. What its Node tells of it. */
export const hostsLimits: UpgradeRule = ({ nodes, through, leavers }) => {
  const traits = (node: KubeObject): MachineTraits =>
    leavers.has(node.metadata.name)
      ? { ...traitsOf(node), runtime: { kind: 'other', version: undefined } }
      : traitsOf(node);
  return limitsAhead(new Map(nodes.map((node) => [node.metadata.name, traits(node)])), through);
};

/** Versions on the way that a machine cannot run, by its node's name: the first of each, and all machines of a kind in one. */
export function limitsAhead(
  machines: ReadonlyMap<string, MachineTraits>,
  through: readonly Version[],
): readonly Problem[] {
  const found = new Map<string, string[]>();
  for (const [name, machine] of machines) {
    const stops = through.flatMap((version, at) => {
      const errors = limitsOf(machine, version).filter(({ severity }) => severity === 'error');
      const before = through[at - 1];
      const far = before === undefined ? '' : ` (${before.text} is as far as it goes)`;
      return errors.map(({ message }) => `cannot go to ${version.text}${far}: ${message}`);
    });
    const [first] = stops;
    if (first !== undefined) found.set(first, [...(found.get(first) ?? []), name]);
  }
  return [...found].map(([message, names]) =>
    failure('HostLimits', `${firstOf(names)} ${message}`, {
      mend: 'mend that on the hosts, or upgrade only as far as they go: --to',
    }),
  );
}

function traitsOf(node: KubeObject): MachineTraits {
  const { nodeInfo = {} } = (node['status'] ?? {}) as {
    readonly nodeInfo?: { readonly kernelVersion?: string; readonly containerRuntimeVersion?: string };
  };
  const [, kind = '', version] = /^(\w[\w-]*):\/\/(.*)$/.exec(nodeInfo.containerRuntimeVersion ?? '') ?? [];
  return {
    // A Node that tells none hinders nobody.
    kernel: nodeInfo.kernelVersion ?? '6.1.0',
    cgroup: undefined,
    allowCgroupV1: false,
    runtime: { kind: kind === 'docker' || kind === 'containerd' ? kind : 'other', version },
  };
}
