import type { Rendering } from './rendering.ts';

/** Every value in which two renderings differ, one line each. */
export function differences(kubeadm: Rendering, kinit: Rendering): readonly string[] {
  return [...new Set([...kubeadm.keys(), ...kinit.keys()])].toSorted().flatMap((name) => {
    if (!kinit.has(name)) return [`${name}: kinit does not make it`];
    if (!kubeadm.has(name)) return [`${name}: kubeadm does not make it`];
    const [theirs, ours] = [leaves(kubeadm.get(name)), leaves(kinit.get(name))];
    return [...new Set([...theirs.keys(), ...ours.keys()])]
      .filter((path) => theirs.get(path) !== ours.get(path))
      .map((path) => `${name}${path}: kubeadm ${theirs.get(path)}, kinit ${ours.get(path)}`);
  });
}

/** How many values a rendering holds. */
export function countValues(rendering: Rendering): number {
  return [...rendering.values()].reduce<number>((sum, value) => sum + leaves(value).size, 0);
}

/** Every value by its path. What is absent, null or an empty map means the same to Kubernetes. */
function leaves(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  if (value === undefined || value === null) return found;
  if (value instanceof Date || typeof value !== 'object') return found.set(path, JSON.stringify(value));
  if (Array.isArray(value)) found.set(`${path}/length`, String(value.length));
  else if (Object.keys(value).length === 0 && path.endsWith('/emptyDir')) found.set(path, '{}');
  for (const [name, inner] of Object.entries(value)) leaves(inner, `${path}/${name}`, found);
  return found;
}
