import type { KubeObject } from './client.ts';

/** What a workload is yet to do, in words; undefined where all of its pods are those of its template and are there. */
export function rollingOut({ kind, metadata, ...object }: KubeObject): string | undefined {
  const counts = (object['status'] ?? {}) as Readonly<Record<string, number | undefined>>;
  const { replicas: wished = 1 } = (object['spec'] ?? {}) as { readonly replicas?: number };
  const count = (name: string) => counts[name] ?? 0;
  if (count('observedGeneration') < Number(metadata['generation'] ?? 0)) return 'its controller has not seen it yet';
  const [wanted, updated, there] =
    kind === 'DaemonSet'
      ? [count('desiredNumberScheduled'), count('updatedNumberScheduled'), count('numberAvailable')]
      : [wished, count('updatedReplicas'), kind === 'Deployment' ? count('availableReplicas') : count('readyReplicas')];
  if (updated < wanted) return `${updated} of ${wanted} pods are new`;
  if (kind !== 'DaemonSet' && count('replicas') > updated) return 'old pods are still there';
  return there < wanted ? `${there} of ${wanted} pods are there` : undefined;
}
