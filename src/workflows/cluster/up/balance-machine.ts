import { completeInit } from '../../../config/init.ts';
import { anyNode } from '../../../config/node-facts.ts';
import type { Decided } from '../../../execute/decided.ts';
import type { Target } from '../../../execute/target.ts';
import type { MadeCluster } from '../../../inventory/endpoint.ts';
import { generateToken } from '../../../kube/token.ts';
import { fingerprintAnnotation } from '../../../phases/inventory-marks.ts';
import { virtualBalancer } from '../../../phases/load-balancer/virtual.ts';
import type { Release } from '../../../release/release.ts';
import { runStage } from '../../stage.ts';
import type { LivingCluster } from '../living-cluster.ts';
import type { Machine, UpInput } from './up-input.ts';

/** What is known of the cluster. */
export interface BalancedRun {
  readonly input: Pick<UpInput, 'initRequest' | 'balancing'>;
  readonly living: LivingCluster | undefined;
  readonly made: MadeCluster | undefined;
  readonly release: Release;
}

/**
 * What holds a virtual address on a control plane, at the time when it is due: on one that joins when all else of it is there,
 * since until then it is led to another one. Without one nothing is asked, unless the file says
 * something else of the host than when it was made: then what was there goes. Throws KinitError.
 */
export async function balanceControlPlane(
  { entry }: Machine,
  { input, living, release, made }: BalancedRun,
  target: Target,
  when: 'before its kubelet' | 'when it runs' | 'once joined',
): Promise<readonly Decided[]> {
  const request = input.initRequest(entry, release, anyNode, made);
  const config = completeInit(request, { facts: anyNode, version: release.version, newToken: generateToken });
  const balancing = input.balancing(entry, config.cluster, release);
  const node = living?.nodes.get(entry.name.toLowerCase());
  const isOther = node !== undefined && node.metadata.annotations?.[fingerprintAnnotation] !== entry.fingerprint;
  const isDue =
    when === 'once joined' ||
    when === (balancing.virtual?.balancer.kind === 'keepalived' ? 'before its kubelet' : 'when it runs');
  if (!isDue || (balancing.virtual === undefined && !isOther)) return [];
  return runStage([virtualBalancer], { balancing, registration: config.nodeRegistration }, target);
}
