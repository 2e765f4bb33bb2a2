import type { Change } from '../execute/change.ts';
import type { Observed, Reads } from '../execute/observed.ts';

/**
 * One named step of bringing a node up. It says what it has to see and, given that, what should be there. It is pure:
 * it runs nothing and compares nothing.
 */
export interface Phase<Context> {
  /** kubeadm's name: `certs`, `upload-config` ... */
  readonly name: string;
  readonly title: string;
  /** Sub-phases by kubeadm's names; a change belongs to one by its `step`. */
  readonly steps?: readonly string[];
  /** The sub-phase that all of it is, where kubeadm's phase is made of several: it runs where that one does. */
  readonly part?: string;
  /** It is none of kubeadm's phases, but what these build on: it runs where one of them does. */
  readonly serves?: readonly string[];
  reads(context: Context): Reads;
  /** What it will see once the phases before it in its stage are done, where these make what it builds on. */
  foresees?(context: Context, observed: Observed): Observed;
  /** Throws KinitError where what is there forbids to go on. */
  desired(context: Context, observed: Observed): readonly Change[];
}
