import type { KubeObject } from '../kube/client.ts';

/** Every image that the pods of these objects run, once: of pods themselves, of Deployments, DaemonSets, CronJobs ... */
export function podImages(objects: readonly KubeObject[]): readonly string[] {
  return [...new Set(objects.flatMap((object) => containersIn(object)))];
}

function containersIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(containersIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    (key === 'containers' || key === 'initContainers') && Array.isArray(inner)
      ? inner.flatMap(imageOf)
      : containersIn(inner),
  );
}

function imageOf(container: unknown): readonly string[] {
  const { image } = (container ?? {}) as { image?: unknown };
  return typeof image === 'string' ? [image] : [];
}
