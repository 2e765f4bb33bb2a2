import { upgradeRequest } from '../../../config/upgrade.ts';
import type { Decided } from '../../../execute/decided.ts';
import type { Target } from '../../../execute/target.ts';
import type { WayBackContext } from '../../../phases/rollback/keep.ts';
import { upgradeControlPlane } from '../../node/upgrade/control-plane.ts';
import { upgradeNode } from '../../node/upgrade/node.ts';
import type { Selection } from '../../stage.ts';
import type { Machine } from '../up/up-input.ts';
import type { ClusterUpgrade } from './upgrade-input.ts';

/** What the upgrade of a node goes by in a hop. */
export interface NodeWork {
  readonly patches: ClusterUpgrade['patches'];
  readonly wayBack: WayBackContext['wayBack'];
}

/** The kubelet's files follow when its node is drained and its program is the new one: a kubelet may wait for several hops. */
const withoutKubelet: Selection = { skip: ['kubelet-config'] };

/** The first control plane of a hop, whose images are under way, and what the cluster keeps of itself. Throws KinitError. */
export async function applyOn(
  machine: Machine,
  target: Target,
  input: NodeWork,
  imagesAhead: Promise<readonly string[]>,
): Promise<readonly Decided[]> {
  const { apply: settings, timeouts } = upgradeRequest({ flags: {}, command: 'apply' });
  const work = { settings, timeouts, ...common(machine, input), selection: withoutKubelet };
  return (await upgradeControlPlane(target, { ...work, kubeletsDecided: true, imagesAhead })).changed;
}

/** A further control plane. Throws KinitError. */
export async function followOn(machine: Machine, target: Target, input: NodeWork): Promise<readonly Decided[]> {
  return nodeOn(machine, target, input, withoutKubelet);
}

/** Only etcd, in the version that kubeadm-config says. Throws KinitError. */
export async function etcdOn(machine: Machine, target: Target, input: NodeWork): Promise<readonly Decided[]> {
  return nodeOn(machine, target, input, { only: 'control-plane' });
}

/** The files of a kubelet, for the version that it is about to be started in. Throws KinitError. */
export async function kubeletOf(machine: Machine, target: Target, input: NodeWork): Promise<readonly Decided[]> {
  return nodeOn(machine, target, input, { only: 'kubelet-config' }, true);
}

async function nodeOn(
  machine: Machine,
  target: Target,
  input: NodeWork,
  selection: Selection,
  pauseFollows = false,
): Promise<readonly Decided[]> {
  const { node: settings, timeouts } = upgradeRequest({ flags: {}, command: 'node' });
  return (await upgradeNode(target, { settings, timeouts, ...common(machine, input), selection, pauseFollows }))
    .changed;
}

function common({ entry }: Machine, { patches, wayBack }: NodeWork) {
  const own = entry.role === 'worker' ? patches.workers : patches.controlPlanes;
  return { patches: own, wayBack, proxyEnvironment: new Map<string, string>() };
}
