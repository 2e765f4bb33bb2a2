import type { KubeObject } from '../../kube/client.ts';
import { firstOf } from '../../printable.ts';
import { releaseFor } from '../../release/release.ts';
import { type RemovedApi, removedApis } from '../../release/removed-apis.ts';
import type { Version } from '../../release/version.ts';
import { failure, type Problem, warning } from '../problem.ts';
import type { UpgradeRule } from './seen.ts';

/**
 * APIs that somebody has asked for since the API server started, and that the target no longer serves
 * (https://kubernetes.io/docs/reference/using-api/deprecation-guide/: apiserver_requested_deprecated_apis, from v1.19 on).
 */
export const askedForRemoved: UpgradeRule = ({ metrics = '', to }) => {
  const gone = new Map<string, string>();
  for (const line of metrics.split('\n')) {
    const labels = /^apiserver_requested_deprecated_apis\{([^}]*)\} 1/.exec(line)?.[1];
    if (labels === undefined) continue;
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const minor = Number(/^1\.(\d+)$/.exec(label('removed_release'))?.[1] ?? Number.POSITIVE_INFINITY);
    // PodSecurityPolicies have a rule of their own.
    if (minor > to.minor || label('resource') === 'podsecuritypolicies') continue;
    const group = label('group') === '' ? 'v1' : `${label('group')}/${label('version')}`;
    gone.set(`${label('resource')} of ${group}`, `v1.${minor}`);
  }
  return [...gone].map(([what, release]) =>
    warning('RemovedAPI', `${what} is asked for, and is gone from ${release} on`, {
      mend: 'find who asks for it (the audit log, or charts and manifests) and move that to the newer version before',
    }),
  );
};

/** Objects that somebody writes by an API that goes: they stay, and whoever writes them so again fails. */
export const writtenAsRemoved: UpgradeRule = ({ stored, from, to }) =>
  removedApis(from, to).flatMap((api) =>
    (api.lost ? [] : api.kinds).flatMap((kind): readonly Problem[] => {
      const found = stored.filter((object) => object.kind === kind && isWrittenAs(object, api));
      if (found.length === 0) return [];
      const names = firstOf(found.map(nameOf), 5);
      return [
        warning('RemovedAPI', `${kind} ${names}: written as ${api.apiVersion}, which is gone from ${api.since} on`, {
          mend: `write the manifests for ${api.instead} before: kubectl get ${kind.toLowerCase()} NAME -o yaml shows what is kept`,
        }),
      ];
    }),
  );

/**
 * Objects that no later version reads: what lists their kind fails from then on, and a namespace that has one is never gone.
 * Each is told of where its own version is the one that is served now.
 */
export const keptAsRemoved: UpgradeRule = ({ stored, from, to }) =>
  removedApis(from, to).flatMap((api) =>
    (api.lost ? api.kinds : []).flatMap((kind): readonly Problem[] => {
      const found = stored.filter((object) => object.kind === kind && object.apiVersion === api.apiVersion);
      if (found.length === 0) return [];
      const [group = ''] = api.apiVersion.split('/');
      return [
        failure(
          'StoredAPI',
          `${kind} ${firstOf(found.map(nameOf), 5)}: kept as ${api.apiVersion}, which nothing reads from ${api.since} on`,
          {
            mend: `keep them as YAML where they are wanted, and kubectl delete ${kind.toLowerCase()}.${group} --all -A`,
          },
        ),
      ];
    }),
  );

/** By the manifest that kubectl keeps beside an object, and by who manages its fields; the cluster's own parts follow it. */
function isWrittenAs({ metadata }: KubeObject, { apiVersion }: RemovedApi): boolean {
  const applied = metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'] ?? '';
  const managed = (metadata['managedFields'] ?? []) as readonly Managed[];
  return (
    applied.includes(`"apiVersion":"${apiVersion}"`) ||
    managed.some((one) => one.apiVersion === apiVersion && !ownManagers.test(one.manager ?? ''))
  );
}

interface Managed {
  readonly manager?: string;
  readonly apiVersion?: string;
}

const ownManagers =
  /^(kube-(apiserver|controller-manager|scheduler|proxy)|kubelet|api-priority-and-fairness.*|kubeadm)$/;

function nameOf({ metadata: { name, namespace } }: KubeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** https://kubernetes.io/docs/tasks/configure-pod-container/migrate-from-psp/ */
export const podSecurityPolicies: UpgradeRule = ({ podSecurityPolicies: all, from, to }) => {
  const isServed = (version: Version) => releaseFor(version).upgrade.podSecurityPolicies;
  if (all.length === 0 || !isServed(from) || isServed(to)) return [];
  const names = firstOf(all.map(({ metadata }) => metadata.name));
  return [
    failure(
      'PodSecurityPolicy',
      `PodSecurityPolicies are gone with v1.25, and nothing holds pods in their place: ${names}`,
      {
        mend: 'https://kubernetes.io/docs/tasks/configure-pod-container/migrate-from-psp/, then kubectl delete psp --all',
      },
    ),
  ];
};
