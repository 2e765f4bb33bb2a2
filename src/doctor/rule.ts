import type { Finding } from './finding.ts';
import type { Patient } from './patient.ts';

/** One row of the table of rules; `check` is a pure function over what was seen of a host. */
export interface Rule {
  /** Names of findings from which what it sees would only follow: then it is silent. */
  readonly unless?: readonly string[];
  /** It tells what is seen of a trouble and not its cause: silent where any cause is found, here or on a control plane. */
  readonly symptom?: boolean;
  readonly check: (patient: Patient) => readonly Finding[];
}
