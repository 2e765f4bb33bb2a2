import type { Host } from '../host/host.ts';
import { type Slots, slots } from '../host/slots.ts';
import { type KeyPool, keyPool, rehearsalKeys } from '../pki/keys.ts';
import type { Reporter } from '../report/reporter.ts';
import { diagnose } from './diagnose.ts';

/** What one command carries through all that it does, on however many hosts. */
export interface Run {
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch; one start time per run, as kubeadm has it for certificates. */
  readonly now: number;
  readonly keys: KeyPool;
  /** Nothing is really running: hosts and cluster are overlays, and nothing is waited for. */
  readonly rehearsal: boolean;
  /** How many hosts may be sent large files at once, apart from how many are worked on. */
  readonly uploads: Slots;
  /** Why a host does not become what is waited for, asked when it has failed; '' where that is not known. */
  readonly why: (host: Host) => Promise<string>;
  /** For what a cluster allows one host at a time: to leave its etcd. */
  readonly turn: Slots;
}

/** A run of a command, made once; what it does not say is as nearly every command wants it. */
export function newRun(given: Pick<Run, 'reporter' | 'signal' | 'now'> & Partial<Run>): Run {
  return { keys: keyPool(), rehearsal: false, uploads: slots(4), turn: slots(1), why: diagnose, ...given };
}

/** The same run, only to see what would be done: with cheap keys, where nobody uses its certificates. */
export function rehearsing(run: Run, keys = rehearsalKeys()): Run {
  return { ...run, rehearsal: true, keys };
}

/** Warns of what belongs to a host, or to the run as a whole. */
export function warner({ reporter }: Pick<Run, 'reporter'>, host = 'kinit'): (text: string) => void {
  return (text) => reporter.report({ type: 'warning', host, text });
}
