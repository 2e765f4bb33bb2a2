import { InputError, type InputProblem } from '../errors.ts';
import type { PatchType } from '../kube/client.ts';
import { applyJsonPatch } from '../kube/json-patch.ts';
import { mergePatch } from '../kube/merge-patch.ts';
import { type MergeKeys, podMergeKeys, strategicMerge } from '../kube/strategic-merge.ts';
import { everyPatchTarget } from '../release/control-plane.ts';
import type { Release } from '../release/release.ts';
import { parseYaml } from '../yaml.ts';
import { compareText } from './arguments.ts';
import { namedPatch } from './patch-name.ts';
import { asGoPrintsPods } from './printed-pod.ts';

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
 * The patches among the files of a directory, in the order in which they apply; `warn` hears of the files that are none,
 * as kubeadm names them. `targets` are what the release can patch, where that is known. Throws InputError naming every
 * file that is broken YAML, or looks like a patch and has no name of one.
 */
export function parsePatches(
  files: readonly PatchFile[],
  { targets = everyPatchTarget, warn = () => undefined }: PatchReading = {},
): readonly Patch[] {
  const problems: InputProblem[] = [];
  const others: string[] = [];
  const patches = files
    .toSorted((a, b) => compareText(placeOf(a), placeOf(b)))
    .flatMap(({ name, text }) => {
      const named = namedPatch(name.slice(name.lastIndexOf('/') + 1), targets);
      if (named.kind === 'wrong') problems.push({ place: name, message: named.problem });
      if (named.kind === 'other' || (named.kind === 'patch' && text === '')) others.push(name);
      if (named.kind !== 'patch') return [];
      if (named.note !== undefined) warn(`${name} ${named.note}`);
      const { target, type } = named;
      return parseYaml(text, name).map(({ value }) => ({ file: name, target, type, value }));
    });
  if (problems.length > 0) throw new InputError(problems, 'a patch is called TARGET[SUFFIX][+TYPE].yaml or .json');
  if (others.length > 0) warn(`among the patches, these files are none and are left out: ${others.join(', ')}`);
  return patches;
}

export interface PatchReading {
  readonly targets?: readonly string[];
  readonly warn?: (text: string) => void;
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
