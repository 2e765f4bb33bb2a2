import type { KubeClient, KubeObject, ListQuery } from '../../../../kube/client.ts';
import { KubeError } from '../../../../kube/error.ts';
import type { Problem } from '../../../../preflight/problem.ts';
import { upgradeRisks } from '../../../../preflight/upgrade-risks.ts';
import type { LivingCluster } from '../../living-cluster.ts';
import type { Hop } from './walk.ts';

/** What the way of a cluster would break, as its API server tells. Throws KinitError where that does not answer. */
export async function risksOf(
  { kube, facts, nodes }: LivingCluster,
  hops: readonly Hop[],
  leavers: ReadonlySet<string>,
): Promise<readonly Problem[]> {
  const last = hops.at(-1);
  if (last === undefined) return [];
  const all = (apiVersion: string, kind: string) => listed(kube, { apiVersion, kind });
  const [metrics, podSecurityPolicies, budgets, mutating, validating, endpoints, deployments] = await Promise.all([
    kube.raw('/metrics').then(
      ({ status, body }) => (status === 200 ? body : undefined),
      () => undefined,
    ),
    all('policy/v1beta1', 'PodSecurityPolicy'),
    all('policy/v1', 'PodDisruptionBudget').then((found) =>
      found.length > 0 ? found : all('policy/v1beta1', 'PodDisruptionBudget'),
    ),
    all('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'),
    all('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'),
    all('v1', 'Endpoints'),
    all('apps/v1', 'Deployment'),
  ]);
  return upgradeRisks({
    cluster: facts.cluster,
    from: facts.release.version,
    to: last.to,
    through: hops.map(({ to }) => to),
    nodes: [...nodes.values()],
    leavers,
    metrics,
    podSecurityPolicies,
    budgets,
    webhooks: [...mutating, ...validating],
    servedServices: new Set(endpoints.flatMap(servedBy)),
    deployments,
    drained: [...new Set(hops.flatMap(({ kubelets }) => kubelets))],
  });
}

/** None where the API server does not serve the kind. */
async function listed(kube: KubeClient, query: ListQuery): Promise<readonly KubeObject[]> {
  try {
    return await kube.list(query);
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return [];
    throw error;
  }
}

function servedBy({ metadata, ...endpoints }: KubeObject): readonly string[] {
  const subsets = (endpoints['subsets'] ?? []) as readonly { readonly addresses?: readonly unknown[] }[];
  const isServed = subsets.some(({ addresses = [] }) => addresses.length > 0);
  return isServed ? [`${metadata.namespace ?? 'default'}/${metadata.name}`] : [];
}
