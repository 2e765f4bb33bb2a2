import { didYouMean } from '../../config/nearest.ts';
import { InputError } from '../../errors.ts';
import { everyPhase } from '../../release/every-phase.ts';
import type { PhaseName, PhaseTrees } from '../../release/phase-trees.ts';
import type { Release } from '../../release/release.ts';
import type { Selection } from '../stage.ts';

/** A command with phases: what its kubeadm has at the target's version, and what kinit runs for it. */
export interface PhasedCommand {
  readonly name: keyof PhaseTrees;
  readonly release: Release;
  readonly phases: readonly { readonly name: string; readonly steps?: readonly string[] }[];
}

/**
 * The selection by the names that kinit's phases have: aliases resolved, `certs/all` made `certs`. Phases are those of the
 * target's kubeadm and kinit's own. Throws InputError for a name that is none of them.
 */
export function phaseSelection({ only, skip = [] }: Selection, command: PhasedCommand): Selection {
  return {
    ...(only === undefined ? {} : { only: canonical(only, `${command.name} phase`, command) }),
    skip: skip.map((path) => canonical(path, '--skip-phases', command)),
  };
}

function canonical(path: string, place: string, { name: command, release, phases }: PhasedCommand): string {
  const [first = '', second] = path.toLowerCase().split('/');
  const tree = release.phases[command];
  const kubeadms = new Set(everyPhase(command).map(({ name }) => name));
  const own = phases.map(({ name }) => name).filter((name) => !kubeadms.has(name));
  const phase = tree.find((one) => isNamed(one, first));
  const name = phase?.name ?? own.find((one) => one === first);
  const kubeadm = `kubeadm ${release.version.text}`;
  if (name === undefined) {
    const names = [...new Set([...tree.map((one) => one.name), ...own])];
    throw unknown(place, `${kubeadm} has no phase "${first}" of ${command}`, first, names);
  }
  if (second === undefined || second === 'all') return name;
  const steps = phase?.steps ?? [];
  const step = steps.find((one) => isNamed(one, second))?.name;
  if (step === undefined) {
    const names = steps.map((one) => one.name);
    throw unknown(place, `phase "${name}" of ${kubeadm} has no sub-phase "${second}"`, second, names);
  }
  const isOwnStep = phases.find((one) => one.name === name)?.steps?.includes(step) ?? false;
  return isOwnStep ? `${name}/${step}` : name;
}

function isNamed({ name, aliases = [] }: PhaseName, text: string): boolean {
  return name === text || aliases.includes(text);
}

function unknown(place: string, message: string, text: string, names: readonly string[]): InputError {
  const hint = names.length === 0 ? undefined : `there are: ${names.join(' ')}`;
  return new InputError([{ place, message: `${message}${didYouMean(text, names)}` }], hint);
}
