import type { Finding } from './finding.ts';
import type { Patient } from './patient.ts';
import { rules } from './rules.ts';

/** What is wrong with a host: the causes, and what is only seen of them. */
export interface Examined {
  readonly causes: readonly Finding[];
  /** Worth telling only where no cause is found. */
  readonly symptoms: readonly Finding[];
}

/** Goes through the table; who sees only what follows from an earlier finding is not heard. */
export function examine(patient: Patient): Examined {
  const causes: Finding[] = [];
  const symptoms: Finding[] = [];
  for (const { check, unless = [], symptom = false } of rules) {
    const known = new Set(causes.map(({ name }) => name));
    if (unless.some((name) => known.has(name))) continue;
    (symptom ? symptoms : causes).push(...check(patient).filter(({ name }) => !known.has(name)));
  }
  return { causes, symptoms };
}

/** What is told of a host: its causes, else the first symptom, unless somebody else's trouble explains that. */
export function toldOf({ causes, symptoms }: Examined, isExplained: boolean): readonly Finding[] {
  const isTrouble = causes.some(({ severity }) => severity === 'error');
  return isTrouble || isExplained ? causes : [...causes, ...symptoms.slice(0, 1)];
}
