import { nearest } from '../config/nearest.ts';
import type { PatchType } from '../kube/client.ts';

/** What a file of a patches directory is by its name. */
export type NamedPatch =
  | { readonly kind: 'patch'; readonly target: string; readonly type: PatchType; readonly note?: string }
  /** Looks like a patch, but no name says which: `problem` names the nearest one that is taken. */
  | { readonly kind: 'wrong'; readonly problem: string }
  /** A note, a backup, a hidden file: no patch, and not meant to be one. */
  | { readonly kind: 'other' };

const types: readonly PatchType[] = ['json', 'merge', 'strategic'];

/**
 * What `name`, without its folder, is by kubeadm's grammar `target[suffix][+type].{json,yaml}` (v1.36.3
 * app/util/patches parseFilename, whose expression is not anchored at its end: `etcd.old.yaml` is a patch of etcd).
 */
export function namedPatch(name: string, targets: readonly string[]): NamedPatch {
  if (targets.length === 0 || /^\./.test(name) || backup.test(name)) return { kind: 'other' };
  const pattern = new RegExp(`^(${targets.join('|')})([^.+\\n]*)(\\+)?(json|merge|strategic)?`);
  const [, target, suffix = '', plus, type] = pattern.exec(name) ?? [];
  if (/.+\.(json|yaml)$/.test(name) && target !== undefined && (plus === undefined || type !== undefined)) {
    const given = type as PatchType | undefined;
    return { kind: 'patch', target, type: given ?? 'strategic', ...(given ? {} : typeBeside(name, target, suffix)) };
  }
  const parts = partsOf(name);
  const meant = targetMeant(parts.stem, targets);
  const patchLike = extension.test(name) || (meant !== undefined && parts.extension === '');
  if (!patchLike && target === undefined) return { kind: 'other' };
  return {
    kind: 'wrong',
    problem: `is no name of a patch: ${reason(name, target, parts, targets)}${near(parts, meant)}`,
  };
}

const extension = /\.(?:ya?ml|json)$/i;
const backup = /(?:~|\.(?:bak|backup|orig|old|save|rpmsave|rpmnew|rpmorig|swp|tmp|disabled|off))$/i;

interface NameParts {
  readonly stem: string;
  /** What stands after the `+`; undefined without one. */
  readonly type: string | undefined;
  readonly extension: string;
}

function partsOf(name: string): NameParts {
  const [, base = name, extension = ''] = /^(.+?)\.([^.+]*)$/.exec(name) ?? [];
  const [stem = '', type] = base.split('+');
  return { stem, type, extension };
}

function reason(name: string, target: string | undefined, { type }: NameParts, targets: readonly string[]): string {
  if (target === undefined) return `it begins with none of ${targets.join(', ')}`;
  if (!/\.(json|yaml)$/.test(name)) return 'it ends in neither .yaml nor .json';
  return type === '' || type === undefined
    ? 'a type is missing after "+"'
    : `"${type}" is no type: ${types.join(', ')}`;
}

/** `; did you mean "kube-apiserver0+merge.yaml"?` */
function near({ stem, type, extension: given }: NameParts, meant: string | undefined): string {
  if (meant === undefined) return '';
  const number = stem.startsWith(meant)
    ? stem.slice(meant.length)
    : (/^\d+/.exec(stem)?.[0] ?? /\d+$/.exec(stem)?.[0] ?? '');
  const known = type === undefined ? undefined : (nearest(type, types) ?? 'strategic');
  const ending = given.toLowerCase() === 'json' ? 'json' : 'yaml';
  return `; did you mean "${meant}${number}${known === undefined ? '' : `+${known}`}.${ending}"?`;
}

/** The target whose letters the stem has, or is a part of: `apiserver`, `01-kube_apiserver`, `kubelet-config`. */
function targetMeant(stem: string, targets: readonly string[]): string | undefined {
  const letters = lettersOf(stem);
  if (letters.length < 4) return undefined;
  return (
    targets.find((target) => letters.includes(lettersOf(target))) ??
    targets.find((target) => lettersOf(target).includes(letters)) ??
    nearest(stem, targets)
  );
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z]/g, '');
}

/** A type that stands in the name without its `+` is none. */
function typeBeside(name: string, target: string, suffix: string): { readonly note?: string } {
  const word = /[-_.](json|merge)(?=[-_.])/.exec(`${suffix}${name.slice(target.length + suffix.length)}`);
  const note = `is taken as a strategic patch: for a ${word?.[1]} patch call it "${target}+${word?.[1]}${/\.[^.]*$/.exec(name)?.[0]}"`;
  return word === null ? {} : { note };
}
