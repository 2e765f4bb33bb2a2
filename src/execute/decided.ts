import type { Change } from './change.ts';
import type { Before } from './changes/kind.ts';

/** A change and the phase that wants it. */
export interface Decided {
  readonly phase: string;
  readonly change: Change;
  /** What is there now, where a plan can show it. */
  readonly before?: Before;
  /**
   * When it is performed among the changes of the host that it stands among: lower ones first, whatever their order, and
   * those that name none last. They are told in their order.
   */
  readonly wave?: number;
}
