import type { Change } from '../execute/change.ts';
import type { Problem } from '../preflight/problem.ts';
import type { Severity } from '../release/preflight.ts';

/** Why a node or a control plane is not as it should be. */
export interface Finding {
  /** `KubeletStopped`; of what preflight sees too, the name that it has there. */
  readonly name: string;
  /** A warning is of what works still. */
  readonly severity: Severity;
  /** The cause, as a sentence. */
  readonly message: string;
  /** What was seen that says so: a line of a log, a value. */
  readonly evidence: string;
  /** The command that mends it, else what to do. */
  readonly mend: string;
  /** What kinit itself can do about it without taking anything from anybody. */
  readonly fix?: readonly Change[];
}

/** What keeps something from working. */
export function trouble(
  name: string,
  message: string,
  more: Pick<Finding, 'evidence' | 'mend'> & Partial<Finding>,
): Finding {
  return { name, severity: 'error', message, ...more };
}

/** What one of preflight's checks has found, as far as it says what mends it. */
export function findingOf({ name, severity, message, evidence = '', mend = '' }: Problem): Finding {
  return { name, severity, message, evidence, mend };
}
