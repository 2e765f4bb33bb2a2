import type { KubeObject } from '../../kube/client.ts';
import { failure, type Problem, warning } from '../problem.ts';
import type { UpgradedCluster, UpgradeRule } from './seen.ts';

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
}

interface Webhook {
  readonly name: string;
  readonly failurePolicy?: string;
  readonly rules?: readonly Rule[];
  readonly clientConfig?: ClientConfig;
}

interface ClientConfig {
  readonly service?: { readonly namespace: string; readonly name: string };
}

/** Webhooks that must answer and do not: those with nobody behind their Service, and those that a try has met. */
export const deadWebhooks: UpgradeRule = (seen) => {
  const deserted = desertedWebhooks(seen);
  return [...deserted.values(), ...refusedTrials(seen, new Set(deserted.keys()))].flat();
};

/**
 * By name: webhooks that nobody is there for. Where one looks at what an upgrade writes, the pods of an upgrade do not come
 * up; where it looks at other things alone, those cannot be written, now as well as then.
 */
function desertedWebhooks({ webhooks, servedServices }: UpgradedCluster): ReadonlyMap<string, readonly Problem[]> {
  const found = new Map<string, readonly Problem[]>();
  for (const configuration of webhooks) {
    const { kind, metadata } = configuration;
    for (const { name, failurePolicy = 'Fail', clientConfig, rules } of webhooksOf(configuration)) {
      const service = serviceOf(clientConfig);
      if (failurePolicy !== 'Fail' || service === undefined || servedServices.has(service)) continue;
      const message = `webhook ${name} has to answer, and nobody is behind its Service ${service}`;
      const told = rules === undefined || rules.some(isWritten) ? failure : warning;
      const mend = `bring its pods back, or kubectl delete ${kind.toLowerCase()} ${metadata.name}`;
      found.set(name, [...(found.get(name) ?? []), told('DeadWebhook', message, { mend })]);
    }
  }
  return found;
}

function webhooksOf(configuration: KubeObject): readonly Webhook[] {
  return (configuration['webhooks'] ?? []) as readonly Webhook[];
}

/** `namespace/name`; undefined where it is asked by an address. */
function serviceOf(client: ClientConfig | undefined): string | undefined {
  return client?.service && `${client.service.namespace}/${client.service.name}`;
}

/** By group: what an upgrade, and the controllers that follow it, write. */
const written: Readonly<Record<string, readonly string[]>> = {
  '': ['configmaps', 'endpoints', 'events', 'nodes', 'pods', 'secrets', 'serviceaccounts', 'services'],
  apps: ['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  batch: ['jobs'],
  'coordination.k8s.io': ['leases'],
  'discovery.k8s.io': ['endpointslices'],
  'events.k8s.io': ['events'],
  policy: ['poddisruptionbudgets'],
  'rbac.authorization.k8s.io': ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
};

/** `pods/eviction`, `pods/*` and `*` are pods as well. */
function isWritten({ apiGroups = [], resources = [] }: Rule): boolean {
  return Object.entries(written).some(
    ([group, names]) =>
      (apiGroups.includes('*') || apiGroups.includes(group)) &&
      resources.some((resource) => {
        const [name = ''] = resource.split('/');
        return name === '*' || names.includes(name);
      }),
  );
}

/** Webhooks whose silence is seen by trying alone: behind an address, with a certificate that nobody trusts. */
function refusedTrials({ refusals }: UpgradedCluster, told: ReadonlySet<string>): readonly Problem[] {
  const found = new Map<string, Problem>();
  for (const text of refusals) {
    const [, name, why = ''] = /failed calling webhook "([^"]+)":? ?(.*)/s.exec(text) ?? [];
    if (name === undefined || told.has(name)) continue;
    const said = why.trim().slice(0, 300);
    found.set(
      name,
      failure('DeadWebhook', `webhook ${name} has to answer, and does not: ${said}`, {
        mend: 'bring it back, or let its failurePolicy be Ignore: kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations',
      }),
    );
  }
  return [...found.values()];
}

/**
 * A kind of objects that is asked for in another version than it is kept in, with nobody behind the Service that converts it:
 * what uses the kind stands still, and a storage version of it cannot be left.
 */
export const deadConversions: UpgradeRule = ({ definitions, servedServices }) =>
  definitions.flatMap((definition): readonly Problem[] => {
    const { conversion } = (definition['spec'] ?? {}) as {
      readonly conversion?: { readonly strategy?: string; readonly webhook?: { readonly clientConfig?: ClientConfig } };
    };
    const service = serviceOf(conversion?.webhook?.clientConfig);
    if (conversion?.strategy !== 'Webhook' || service === undefined || servedServices.has(service)) return [];
    const { name } = definition.metadata;
    return [
      warning(
        'DeadWebhook',
        `objects of ${name} cannot be converted: nobody is behind the Service ${service} that does it`,
        { mend: `bring its pods back, or, where nobody needs them, kubectl delete crd ${name}` },
      ),
    ];
  });
