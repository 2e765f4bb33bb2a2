import { type PhaseName, type PhaseTrees, phaseTrees } from './phase-trees.ts';
import { newestMinor, oldestMinor } from './served.ts';
import { parseVersion } from './version.ts';

/** The phases of a command of kubeadm in any release that is served, in the newest one's order; hidden ones are so there. */
export function everyPhase(command: keyof PhaseTrees): readonly PhaseName[] {
  const minors = Array.from({ length: newestMinor - oldestMinor + 1 }, (_, index) => newestMinor - index);
  return minors.map((minor) => phaseTrees(parseVersion(`v1.${minor}.0`))[command]).reduce(united);
}

function united(newer: readonly PhaseName[], older: readonly PhaseName[]): readonly PhaseName[] {
  const gone = older.filter(({ name }) => !newer.some((phase) => phase.name === name));
  return [...newer.map((phase) => withOlder(phase, older)), ...gone];
}

function withOlder(phase: PhaseName, all: readonly PhaseName[]): PhaseName {
  const older = all.find(({ name }) => name === phase.name);
  if (older === undefined || (phase.steps === undefined && older.steps === undefined)) return phase;
  return { ...phase, steps: united(phase.steps ?? [], older.steps ?? []) };
}
