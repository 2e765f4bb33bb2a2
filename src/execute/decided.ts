import type { Change } from './change.ts';
import type { Before } from './changes/kind.ts';

/** A change and the phase that wants it. */
export interface Decided {
  readonly phase: string;
  readonly change: Change;
  /** What is there now, where a plan can show it. */
  readonly before?: Before;
}
