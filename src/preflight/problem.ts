import type { Observed, Reads } from '../execute/observed.ts';
import type { Facts } from '../host/facts/facts.ts';
import type { Severity } from '../release/preflight.ts';
import type { Release } from '../release/release.ts';
import type { Subject } from './subject.ts';

/** One thing that stands in the way. */
export interface Problem {
  /** The name that --ignore-preflight-errors takes; kubeadm's where it has the check. */
  readonly name: string;
  readonly severity: Severity;
  /** What is wrong, in kubeadm's words where it has the check. */
  readonly message: string;
  /** What was seen that says so. */
  readonly evidence?: string;
  /** The command or sentence that mends it. */
  readonly mend?: string;
  /** `kinit prepare` mends it, where the file lets it. */
  readonly prepared?: boolean;
}

/** One row of the table of checks; `check` is a pure function over what was seen. */
export interface Check {
  /** A name, or the part before the dash of a family (`Port-6443`). */
  readonly name: string;
  /** kubeadm's own check, or one that kinit adds. */
  readonly origin: 'kubeadm' | 'kinit';
  /** What it looks at beside the facts. */
  readonly reads?: (subject: Subject, release: Release) => CheckReads;
  /** Where it is not said: everywhere. */
  readonly applies?: (context: PreflightContext) => boolean;
  readonly check: (context: PreflightContext) => readonly Problem[];
}

/** What a check may ask for: the host answers it in the round trip that brings the facts. */
export type CheckReads = Pick<Reads, 'files' | 'paths' | 'services' | 'commands' | 'running'>;

/** What the checks asked for, as far as it was asked. */
export interface Sight extends Partial<Pick<Observed, 'files' | 'paths' | 'services' | 'commands' | 'etcdVersions'>> {
  readonly facts: Facts;
}

export interface PreflightContext extends Required<Sight> {
  readonly subject: Subject;
  readonly release: Release;
  readonly ours: Ours;
}

/** What an earlier run of the same command has already made: checks that only see that are satisfied. */
export interface Ours {
  readonly ports: ReadonlySet<number>;
  readonly paths: ReadonlySet<string>;
  /** The host already carries this very node: what its cluster laid on it is no leftover. */
  readonly node: boolean;
}

export const nothingOurs: Ours = { ports: new Set(), paths: new Set(), node: false };

/** A problem that stops a run unless its check is ignored. */
export function failure(name: string, message: string, more: Partial<Problem> = {}): Problem {
  return { name, severity: 'error', message, ...more };
}

/** A problem that is only told. */
export function warning(name: string, message: string, more: Partial<Problem> = {}): Problem {
  return { name, severity: 'warning', message, ...more };
}

/** kubeadm's name for a check of a path: `FileAvailable--etc-kubernetes-kubelet.conf`. */
export function nameFor(family: string, path: string): string {
  return `${family}-${path.replaceAll('/', '-')}`;
}
