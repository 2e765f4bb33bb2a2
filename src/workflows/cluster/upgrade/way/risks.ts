import type { KubeClient, KubeObject, ListQuery } from '../../../../kube/client.ts';
import { KubeError } from '../../../../kube/error.ts';
import { healthJob } from '../../../../manifests/health-job.ts';
import type { Problem } from '../../../../preflight/problem.ts';
import { upgradeRisks } from '../../../../preflight/upgrade/risks.ts';
import { listedAs, listedKind, removedApis } from '../../../../release/removed-apis.ts';
import type { Version } from '../../../../release/version.ts';
import { parseYaml } from '../../../../yaml.ts';
import type { LivingCluster } from '../../living-cluster.ts';
import type { Hop } from './walk.ts';

/** What the way of a cluster would break, as its API server tells. Throws KinitError where that does not answer. */
export async function risksOf(
  { kube, facts, nodes }: LivingCluster,
  hops: readonly Hop[],
  leavers: ReadonlySet<string>,
  now: number,
): Promise<readonly Problem[]> {
  const last = hops.at(-1);
  if (last === undefined) return [];
  const { cluster, release, kubeletConfiguration: kubelet } = facts;
  const { version: from } = release;
  const all = (apiVersion: string, kind: string) => listed(kube, { apiVersion, kind });
  const [
    metrics,
    policies,
    budgets,
    mutating,
    validating,
    endpoints,
    deployments,
    sets,
    pods,
    definitions,
    stored,
    kubeProxy,
    refusals,
  ] = await Promise.all([
    kube.raw('/metrics').then(
      ({ status, body }) => (status === 200 ? body : undefined),
      () => undefined,
    ),
    all('policy/v1beta1', 'PodSecurityPolicy'),
    all(listedKind('PodDisruptionBudget', from), 'PodDisruptionBudget'),
    all('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'),
    all('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'),
    all('v1', 'Endpoints'),
    all('apps/v1', 'Deployment'),
    all('apps/v1', 'StatefulSet'),
    all('v1', 'Pod'),
    all('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
    storedOf(kube, from, last.to),
    kubeProxyOf(kube),
    refusalsOf(kube, healthJob(cluster, release, now)),
  ]);
  return upgradeRisks({
    cluster,
    components: { kubelet, kubeProxy },
    from,
    to: last.to,
    through: hops.map(({ to }) => to),
    nodes: [...nodes.values()],
    leavers,
    metrics,
    stored,
    podSecurityPolicies: policies,
    budgets,
    webhooks: [...mutating, ...validating],
    definitions,
    refusals,
    servedServices: new Set(endpoints.flatMap(servedBy)),
    workloads: [...deployments, ...sets],
    pods,
    drained: [...new Set(hops.flatMap(({ kubelets }) => kubelets))],
  });
}

/** Objects of the kinds of which a version goes on the way. */
async function storedOf(kube: KubeClient, from: Version, to: Version): Promise<readonly KubeObject[]> {
  const queries = removedApis(from, to).flatMap((api) => api.kinds.map((kind) => `${listedAs(api, from)} ${kind}`));
  const found = await Promise.all(
    [...new Set(queries)].map((query) => {
      const [apiVersion = '', kind = ''] = query.split(' ');
      return listed(kube, { apiVersion, kind });
    }),
  );
  return found.flat();
}

/** undefined where the cluster keeps none, or nothing that can be read. */
async function kubeProxyOf(kube: KubeClient): Promise<Readonly<Record<string, unknown>> | undefined> {
  const found = await kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kube-proxy' });
  const text = (found?.['data'] as Readonly<Record<string, string>> | undefined)?.['config.conf'] ?? '';
  try {
    const value = parseYaml(text, 'ConfigMap kube-system/kube-proxy')[0]?.value;
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** Tries objects such as an upgrade makes: webhooks are asked as they will be, and nothing is made. */
async function refusalsOf(kube: KubeClient, job: KubeObject): Promise<readonly string[]> {
  const { template } = job['spec'] as { readonly template: { readonly spec: object } };
  const { metadata } = job;
  const tried: readonly KubeObject[] = [
    job,
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} },
  ];
  const answers = await Promise.all(
    tried.map((object) =>
      kube.tryToCreate(object).then(
        () => [],
        (error: unknown) => {
          if (error instanceof KubeError) return [error.message];
          throw error;
        },
      ),
    ),
  );
  return answers.flat();
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
