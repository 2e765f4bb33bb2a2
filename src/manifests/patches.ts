import { InputError } from '../errors.ts';
import { applyJsonPatch } from '../kube/json-patch.ts';
import { mergePatch } from '../kube/merge-patch.ts';
import { type MergeKeys, podMergeKeys, strategicMerge } from '../kube/strategic-merge.ts';
import { everyPatchTarget } from '../release/control-plane.ts';
import type { Release } from '../release/release.ts';
import { parseYaml } from '../yaml.ts';
import { compareText } from './arguments.ts';
import { asGoPrintsPods } from './printed-pod.ts';

export type PatchType = 'strategic' | 'merge' | 'json';

/** One document of a file in the user's --patches directory. */
export interface Patch {
  /** As the user knows the file. */
  readonly file: string;
  readonly target: string;
  readonly type: PatchType;
  readonly value: unknown;
}

export interface PatchFile {
  /** Below the directory: `etcd.yaml`, `more/etcd.yaml`. */
  readonly name: string;
  readonly text: string;
}

/**
 * The patches among the files of a directory, in the order in which they apply. `targets` are what the release can
 * patch, where that is known. Throws InputError naming the file: broken YAML, or a patch type that does not exist.
 */
export function parsePatches(files: readonly PatchFile[], targets = everyPatchTarget): readonly Patch[] {
  return files
    .toSorted((a, b) => compareText(placeOf(a), placeOf(b)))
    .flatMap(({ name, text }) => {
      const kind = parseName(name, targets);
      return kind === undefined ? [] : parseYaml(text, name).map(({ value }) => ({ file: name, ...kind, value }));
    });
}

/** Those of the patches whose target kubeadm of the release knows; `warn` hears of the others. */
export function patchesFor(
  patches: readonly Patch[],
  { controlPlane, version }: Release,
  warn: (text: string) => void,
): readonly Patch[] {
  const isKnown = ({ target }: Patch) => controlPlane.patchTargets.includes(target);
  const ignored = new Set(patches.filter((patch) => !isKnown(patch)).map(({ file }) => file));
  if (ignored.size > 0) warn(`patches that ${version.text} has no target for are left out: ${[...ignored].join(', ')}`);
  return patches.filter(isKnown);
}

/** `object` with every patch for `target` applied. Throws InputError naming the file of a patch that does not fit. */
export function patched<T extends object>(target: string, object: T, patches: readonly Patch[]): T {
  const mine = patches.filter((patch) => patch.target === target);
  const result = mine.reduce<T>((current, patch) => apply(current, patch), object);
  return mine.length > 0 && target !== kubelet ? asGoPrintsPods(result) : result;
}

/** Its patched text is written as it is; pods and deployments go through Kubernetes' types. */
const kubelet = 'kubeletconfiguration';

function apply<T extends object>(object: T, { file, target, type, value }: Patch): T {
  const keys = target === kubelet ? noMergeKeys : podMergeKeys;
  try {
    return appliers[type](object, value, keys) as T;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError([{ place: file, message: `this ${type} patch does not fit ${target}: ${error.message}` }]);
  }
}

const appliers: Readonly<Record<PatchType, (object: unknown, patch: unknown, keys: MergeKeys) => unknown>> = {
  strategic: strategicMerge,
  merge: mergePatch,
  json: applyJsonPatch,
};

/** KubeletConfiguration's lists have no merge keys: they are replaced. */
const noMergeKeys: MergeKeys = {};

/** Folders stand among their neighbours by name (Go's filepath.Walk). */
function placeOf({ name }: PatchFile): string {
  return name.replaceAll('/', '\0');
}

/** kubeadm's grammar: `target[suffix][+type].{json,yaml}`; undefined for what is no patch. */
function parseName(path: string, targets: readonly string[]): Pick<Patch, 'target' | 'type'> | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (targets.length === 0 || !/.+\.(json|yaml)$/.test(name)) return undefined;
  const pattern = new RegExp(`^(${targets.join('|')})([^.+\\n]*)(\\+)?(json|merge|strategic)?`);
  const [, target, , plus, type] = pattern.exec(name) ?? [];
  if (target === undefined) return undefined;
  if (plus !== undefined && type === undefined) {
    throw new InputError([{ place: name, message: 'after "+" stands one of json, merge, strategic' }]);
  }
  return { target, type: (type as PatchType | undefined) ?? 'strategic' };
}
