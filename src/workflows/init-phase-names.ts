import { initPhases } from './init-stages.ts';

/** What `kinit init phase` offers: the phases' names, what they are about, and their sub-phases. */
export const initPhaseNames: readonly {
  readonly name: string;
  readonly title: string;
  readonly steps: readonly string[];
}[] = initPhases.map(({ name, title, steps }) => ({ name, title, steps: steps ?? [] }));
