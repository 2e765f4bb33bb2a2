import { InputError, type InputProblem } from '../errors.ts';
import type { KubeObject } from '../kube/client.ts';
import { isRecord } from '../kube/merge-patch.ts';
import type { YamlDocument } from '../yaml-part.ts';
import type { YamlPath } from '../yaml-place.ts';

/**
 * The Kubernetes objects of a user's own manifests, lists taken apart, in their order.
 * Throws InputError with every document that is none, each with its place.
 */
export function manifestObjects(documents: readonly YamlDocument[]): readonly KubeObject[] {
  const problems: InputProblem[] = [];
  const objects = documents.flatMap(({ value, placeOf }) => objectsIn(value, [], placeOf, problems));
  if (problems.length > 0) throw new InputError(problems);
  return objects;
}

function objectsIn(
  value: unknown,
  path: YamlPath,
  placeOf: (path: YamlPath) => string,
  problems: InputProblem[],
): readonly KubeObject[] {
  const wrong = (field: YamlPath, message: string): readonly KubeObject[] => {
    problems.push({ place: placeOf([...path, ...field]), message });
    return [];
  };
  if (!isRecord(value)) return wrong([], 'is not a Kubernetes object');
  const { apiVersion, kind, metadata, items } = value;
  if (typeof apiVersion !== 'string') return wrong(['apiVersion'], 'is required in a Kubernetes object');
  if (typeof kind !== 'string') return wrong(['kind'], 'is required in a Kubernetes object');
  if (kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item, index) => objectsIn(item, [...path, 'items', index], placeOf, problems));
  }
  if (!isRecord(metadata) || typeof metadata['name'] !== 'string') {
    return wrong(['metadata', 'name'], 'is required in a Kubernetes object');
  }
  return [value as unknown as KubeObject];
}
