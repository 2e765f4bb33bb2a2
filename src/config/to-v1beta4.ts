import { defined } from '../defined.ts';
import type { FieldProblem } from './decode.ts';
import type {
  ClusterDocument,
  ClusterDocumentV1Beta2,
  ClusterDocumentV1Beta3,
  InitDocument,
  InitDocumentV1Beta3,
  JoinDocument,
  JoinDocumentV1Beta3,
} from './documents.ts';
import type { Arg } from './types.ts';

/** A v1beta3 InitConfiguration in v1beta4's shape (a v1beta2 one has no field of its own). */
export function initFromV1Beta3({ nodeRegistration, ...rest }: InitDocumentV1Beta3): InitDocument {
  return { ...rest, ...(nodeRegistration ? { nodeRegistration: withArgumentList(nodeRegistration) } : {}) };
}

/** A v1beta3 JoinConfiguration in v1beta4's shape: `discovery.timeout` has moved to `timeouts`. */
export function joinFromV1Beta3({ nodeRegistration, discovery, ...rest }: JoinDocumentV1Beta3): JoinDocument {
  const { timeout, ...discoveryRest } = discovery ?? {};
  return {
    ...rest,
    ...(discovery ? { discovery: discoveryRest } : {}),
    ...(timeout === undefined ? {} : { timeouts: { discovery: timeout } }),
    ...(nodeRegistration ? { nodeRegistration: withArgumentList(nodeRegistration) } : {}),
  };
}

/** A v1beta3 ClusterConfiguration in v1beta4's shape: maps of arguments become lists. */
export function clusterFromV1Beta3(document: ClusterDocumentV1Beta3): ClusterDocument {
  const { apiServer, controllerManager, scheduler, etcd, ...rest } = document;
  const { timeoutForControlPlane, ...server } = apiServer ?? {};
  return {
    ...rest,
    ...(apiServer ? { apiServer: withExtraArgs(server) } : {}),
    ...(controllerManager ? { controllerManager: withExtraArgs(controllerManager) } : {}),
    ...(scheduler ? { scheduler: withExtraArgs(scheduler) } : {}),
    ...(etcd
      ? {
          etcd: { ...etcd, ...(etcd.local ? { local: withExtraArgs(etcd.local) } : {}) } as NonNullable<
            ClusterDocument['etcd']
          >,
        }
      : {}),
    ...defined({ timeoutForControlPlane }),
  };
}

/** A v1beta2 ClusterConfiguration as v1beta3, and what v1beta3 has no word for. */
export function clusterFromV1Beta2(document: ClusterDocumentV1Beta2): {
  readonly value: ClusterDocumentV1Beta3;
  readonly problems: readonly FieldProblem[];
} {
  const { dns, useHyperKubeImage, ...rest } = document;
  const { type, ...image } = dns ?? {};
  const problems: FieldProblem[] = [];
  if (type !== undefined && type !== '' && type !== 'CoreDNS') {
    problems.push({
      path: ['dns', 'type'],
      message: `has to be CoreDNS, not ${type}: kinit installs no other DNS server`,
    });
  }
  if (useHyperKubeImage) {
    problems.push({ path: ['useHyperKubeImage'], message: 'is not served: there are no hyperkube images since v1.19' });
  }
  return { value: { ...rest, ...(dns ? { dns: image } : {}) }, problems };
}

/** Arguments by name, as kubeadm sorts them when it reads a map. */
function argumentList(map: Readonly<Record<string, string>>): Arg[] {
  return Object.entries(map)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function withExtraArgs<T extends { extraArgs?: Record<string, string> | undefined }>({ extraArgs, ...rest }: T) {
  return { ...rest, ...(extraArgs ? { extraArgs: argumentList(extraArgs) } : {}) };
}

function withArgumentList<T extends { kubeletExtraArgs?: Record<string, string> | undefined }>({
  kubeletExtraArgs,
  ...rest
}: T) {
  return { ...rest, ...(kubeletExtraArgs ? { kubeletExtraArgs: argumentList(kubeletExtraArgs) } : {}) };
}
