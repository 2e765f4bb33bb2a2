import type { KubeObject } from '../kube/client.ts';
import type { Change } from './change.ts';

/** A change and the phase that wants it. */
export interface Decided {
  readonly phase: string;
  readonly change: Change;
  /** What is there now, where a plan can show it: the text of a file, an object of the cluster. */
  readonly before?: string | KubeObject;
}
