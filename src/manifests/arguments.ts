import type { Arg } from '../config/types.ts';
import type { ExtraArgsOrder } from '../release/control-plane.ts';

/**
 * kubeadm's arguments with the user's: whatever the user gives replaces kubeadm's argument of the same name, and stands
 * where the release puts it (kubeadm's ArgumentsToCommand and, before v1.31, BuildArgumentListFromMap).
 */
export function mergeArguments(defaults: readonly Arg[], extra: readonly Arg[], order: ExtraArgsOrder): readonly Arg[] {
  const replaced = new Set(extra.map(({ name }) => name));
  const kept = defaults.filter(({ name }) => !replaced.has(name));
  if (order === 'behind') return [...kept.toSorted(byName), ...extra];
  if (order === 'sorted') return [...kept, ...extra].toSorted(byNameAndValue);
  return [...new Map([...kept, ...extra].map((arg) => [arg.name, arg])).values()].toSorted(byName);
}

/** `--name=value`, the form of every argument that kubeadm writes. */
export function argumentText({ name, value }: Arg): string {
  return `--${name}=${value}`;
}

/** The value of the last argument of that name, which is the one that counts. */
export function argumentValue(args: readonly Arg[], name: string): string | undefined {
  return args.findLast((arg) => arg.name === name)?.value;
}

function byName(a: Arg, b: Arg): number {
  return compareText(a.name, b.name);
}

function byNameAndValue(a: Arg, b: Arg): number {
  return compareText(a.name, b.name) || compareText(a.value, b.value);
}

/** As Go sorts strings; no locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
