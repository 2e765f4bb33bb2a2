import { verified as addons } from './addons.ts';
import { verified as configApi } from './config-api.ts';
import { verified as controlPlane } from './control-plane.ts';
import { verified as images } from './images.ts';
import { verified as kubeProxyFields } from './kube-proxy-fields.ts';
import { verified as kubeProxyModes } from './kube-proxy-modes.ts';
import { verified as kubelet } from './kubelet.ts';
import { verified as kubeletFields } from './kubelet-fields.ts';
import { verified as limits } from './limits.ts';
import { verified as lines } from './lines.ts';
import { verified as loadBalancer } from './load-balancer.ts';
import { verified as loggingFields } from './logging-fields.ts';
import { verified as network } from './network.ts';
import { verified as node } from './node.ts';
import { verified as packages } from './packages.ts';
import { verified as phaseTrees } from './phase-trees.ts';
import { verified as phases } from './phases.ts';
import { verified as pki } from './pki.ts';
import { verified as preflight } from './preflight.ts';
import { verified as removedApis } from './removed-apis.ts';
import { verified as removedArguments } from './removed-arguments.ts';
import { verified as removedEtcdArguments } from './removed-etcd-arguments.ts';
import { verified as removedGates } from './removed-gates.ts';
import { verified as reset } from './reset.ts';
import { verified as skew } from './skew.ts';
import { verified as staticPodArguments } from './static-pod-arguments.ts';
import { verified as systemVerification } from './system-verification.ts';
import type { Verified } from './table.ts';
import { verified as upgrade } from './upgrade.ts';
import type { Version } from './version.ts';

/** Every file of tables, and how far it was held against Kubernetes. */
export const verifiedTables: readonly Verified[] = [
  addons,
  configApi,
  controlPlane,
  images,
  kubeProxyFields,
  kubeProxyModes,
  kubeletFields,
  kubelet,
  limits,
  lines,
  loadBalancer,
  loggingFields,
  network,
  node,
  packages,
  phaseTrees,
  phases,
  pki,
  preflight,
  removedApis,
  removedArguments,
  removedEtcdArguments,
  removedGates,
  reset,
  skew,
  staticPodArguments,
  systemVerification,
  upgrade,
];

/** The names of the tables that stop before the version: what a new minor has to be held against. */
export function tablesBefore({ minor }: Pick<Version, 'minor'>): readonly string[] {
  return verifiedTables.filter(({ upTo }) => upTo < minor).map(({ table }) => table);
}
