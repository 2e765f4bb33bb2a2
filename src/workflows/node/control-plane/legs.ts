import { checkEtcd } from '../../../phases/join/check-etcd.ts';
import { etcdSteps } from '../../../phases/join/etcd-member.ts';
import { joinKubeletStart } from '../../../phases/join/kubelet-start.ts';
import { kubeletWaitBootstrap } from '../../../phases/join/kubelet-wait-bootstrap.ts';
import { nodeRegistered } from '../../../phases/join/node-registered.ts';
import { ownApiServer } from '../../../phases/join/own-api-server.ts';
import { joinPreflight } from '../../../phases/join/preflight.ts';
import { updateStatus } from '../../../phases/join/update-status.ts';
import { joinWaitControlPlane } from '../../../phases/join/wait-control-plane.ts';
import type { JoinContext, JoinControlPlaneContext } from '../../../phases/join-context.ts';
import { ownWay } from '../../../phases/load-balancer/own-way.ts';
import type { Phase } from '../../../phases/phase.ts';
import { isKubeletLocal } from '../../../pki/kubeconfig-table.ts';
import { type PhaseName, phasesIn } from '../../../release/phase-trees.ts';
import type { ClusterFacts } from '../../cluster/cluster-info.ts';
import type { Stage } from '../../stage.ts';
import { markParts, prepareParts } from './parts.ts';

/** A stretch of a control plane's join: stages one after the other, of which each sees what the one before has made. */
export interface Leg {
  readonly stages: readonly Stage<JoinControlPlaneContext>[];
  /** With whose rights the cluster is asked. */
  readonly as: 'node' | 'administrator' | 'administrator here';
  /** It goes by the look that the checks went by: nothing in between changes what it asks for. */
  readonly atFirst?: true;
  /** Its phases ask etcd: anew once something was changed, and the host once, of which none changes what a later one asks. */
  readonly etcd?: true;
  /** What the cluster takes from one host at a time. */
  readonly inTurn?: true;
}

/** The parts of the phases, for whoever selects among them. */
export const controlPlaneJoinPhases = [
  { name: 'preflight' },
  { name: 'control-plane-prepare', steps: ['download-certs', 'certs', 'kubeconfig', 'control-plane'] },
  { name: 'check-etcd' },
  { name: 'kubelet-start' },
  { name: 'etcd-join' },
  { name: 'kubelet-wait-bootstrap' },
  { name: 'control-plane-join', steps: ['etcd', 'update-status', 'mark-control-plane'] },
  { name: 'wait-control-plane' },
] as const;

/** The host finds the API servers by its own one, once that one is ready; where the file of the cluster leads the hosts. */
const ownWayLegs: readonly Leg[] = [
  { stages: [[ownApiServer]], as: 'administrator here' },
  { stages: [[ownWay]], as: 'node' },
];

/**
 * The join of a control plane in the order of the target's kubeadm: where the kubelet talks to the API server beside it,
 * the etcd of that one comes before the kubelet's certificate.
 */
export function controlPlaneLegs({ release, cluster }: ClusterFacts, isLed: boolean): readonly Leg[] {
  const tree = phasesIn(isKubeletLocal({ cluster }, release) ? 'local' : 'shared', release.phases.join);
  const waits = tree.some(({ name }) => name === kubeletWaitBootstrap.name);
  return [...tree.flatMap((phase) => legsOf(phase, waits)), ...(isLed ? ownWayLegs : [])];
}

function legsOf({ name, steps = [] }: PhaseName, waits: boolean): readonly Leg[] {
  switch (name) {
    case 'preflight':
      return [{ stages: [[joinPreflight]], as: 'node', atFirst: true }];
    case 'control-plane-prepare':
      return [{ stages: [prepareParts], as: 'node', atFirst: true }];
    case 'check-etcd':
      return [{ stages: [[checkEtcd]], as: 'administrator', etcd: true }];
    case 'kubelet-start':
      return waits
        ? [{ stages: [[joinKubeletStart]], as: 'node', atFirst: true }]
        : [
            { stages: [[joinKubeletStart, named(name, kubeletWaitBootstrap)]], as: 'node', atFirst: true },
            registered(name),
          ];
    case 'etcd-join':
      return [etcdLeg(name)];
    case 'kubelet-wait-bootstrap':
      return [{ stages: [[kubeletWaitBootstrap]], as: 'node', atFirst: true }, registered(name)];
    case 'control-plane-join':
      return steps.flatMap((step) => legsOfPart(name, step.name));
    case 'wait-control-plane':
      return [{ stages: [[joinWaitControlPlane]], as: 'administrator here' }];
    default:
      return [];
  }
}

function legsOfPart(name: string, part: string): readonly Leg[] {
  switch (part) {
    case 'etcd':
      return [etcdLeg(name, part)];
    case 'update-status':
      return [{ stages: [[updateStatus]], as: 'administrator', inTurn: true }];
    case 'mark-control-plane':
      return [{ stages: [markParts], as: 'administrator' }];
    default:
      return [];
  }
}

function etcdLeg(name: string, part?: string): Leg {
  const stages = etcdSteps(name, part).map((step) => [step]);
  return { stages, as: 'administrator', etcd: true, inTurn: true };
}

function registered(name: string): Leg {
  return { stages: [[named(name, nodeRegistered)]], as: 'node' };
}

function named(name: string, phase: Phase<JoinContext>): Phase<JoinContext> {
  return { ...phase, name };
}
