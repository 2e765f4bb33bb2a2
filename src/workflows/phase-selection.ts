import { didYouMean } from '../config/nearest.ts';
import { InputError } from '../errors.ts';
import type { PhaseName } from '../release/phase-trees.ts';
import type { Release } from '../release/release.ts';
import type { Selection } from './stage.ts';

/** A phase that kinit runs, as far as choosing it is concerned. */
interface Known {
  readonly name: string;
  readonly steps?: readonly string[];
}

/**
 * The selection by the names that kinit's phases have: aliases resolved, `certs/all` made `certs`. Phases are those of the
 * target's kubeadm and kinit's own. Throws InputError for a name that is none of them.
 */
export function phaseSelection(
  { only, skip = [] }: Selection,
  tree: readonly PhaseName[],
  own: readonly Known[],
  release: Release,
): Selection {
  const find = (path: string, place: string) => canonical(path, place, tree, own, release);
  return {
    ...(only === undefined ? {} : { only: find(only, 'phase') }),
    skip: skip.map((path) => find(path, '--skip-phases')),
  };
}

function canonical(
  path: string,
  place: string,
  tree: readonly PhaseName[],
  own: readonly Known[],
  release: Release,
): string {
  const [first = '', second] = path.toLowerCase().split('/');
  const phase = tree.find((one) => isNamed(one, first));
  const name = phase?.name ?? own.find((one) => one.name === first)?.name;
  if (name === undefined) {
    const names = [...new Set([...tree, ...own].map((one) => one.name))];
    throw unknown(place, `kubeadm ${release.version.text} has no phase "${first}"`, first, names);
  }
  if (second === undefined || second === 'all') return name;
  const steps = phase?.steps ?? [];
  const step = steps.find((one) => isNamed(one, second))?.name;
  if (step === undefined) {
    const names = steps.map((one) => one.name);
    throw unknown(
      place,
      `phase "${name}" of kubeadm ${release.version.text} has no sub-phase "${second}"`,
      second,
      names,
    );
  }
  const isOwnStep = own.find((one) => one.name === name)?.steps?.includes(step) ?? false;
  return isOwnStep ? `${name}/${step}` : name;
}

function isNamed({ name, aliases = [] }: PhaseName, text: string): boolean {
  return name === text || aliases.includes(text);
}

function unknown(place: string, message: string, text: string, names: readonly string[]): InputError {
  const hint = names.length === 0 ? undefined : `there are: ${names.join(' ')}`;
  return new InputError([{ place, message: `${message}${didYouMean(text, names)}` }], hint);
}
