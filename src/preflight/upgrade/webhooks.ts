import { failure, type Problem, warning } from '../problem.ts';
import type { UpgradeRule } from './seen.ts';

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
}

interface Webhook {
  readonly name: string;
  readonly failurePolicy?: string;
  readonly rules?: readonly Rule[];
  readonly clientConfig?: { readonly service?: { readonly namespace: string; readonly name: string } };
}

/**
 * A webhook that must answer, and that nobody is there for. Where it looks at what an upgrade writes, the pods of an upgrade
 * do not come up; where it looks at other things alone, those cannot be written, now as well as then.
 */
export const deadWebhooks: UpgradeRule = ({ webhooks, servedServices }) =>
  webhooks.flatMap((configuration) => {
    const hooks = (configuration['webhooks'] ?? []) as readonly Webhook[];
    const { kind, metadata } = configuration;
    return hooks.flatMap(({ name, failurePolicy = 'Fail', clientConfig, rules }) => {
      const service = clientConfig?.service;
      if (failurePolicy !== 'Fail' || service === undefined) return [];
      if (servedServices.has(`${service.namespace}/${service.name}`)) return [];
      const message = `webhook ${name} has to answer, and nobody is behind its Service ${service.namespace}/${service.name}`;
      const told = rules === undefined || rules.some(isWritten) ? failure : warning;
      return [
        told('DeadWebhook', message, {
          mend: `bring its pods back, or kubectl delete ${kind.toLowerCase()} ${metadata.name}`,
        }),
      ];
    });
  });

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
export const refusedTrials: UpgradeRule = ({ refusals, ...seen }) => {
  const told = deadWebhooks({ refusals, ...seen });
  const found = new Map<string, Problem>();
  for (const text of refusals) {
    const [, name, why = ''] = /failed calling webhook "([^"]+)":? ?(.*)/s.exec(text) ?? [];
    if (name === undefined || told.some(({ message }) => message.startsWith(`webhook ${name} `))) continue;
    const said = why.trim().slice(0, 300);
    found.set(
      name,
      failure('DeadWebhook', `webhook ${name} has to answer, and does not: ${said}`, {
        mend: 'bring it back, or let its failurePolicy be Ignore: kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations',
      }),
    );
  }
  return [...found.values()];
};
