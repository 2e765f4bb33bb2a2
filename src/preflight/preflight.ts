import { mergeReads, type Reads } from '../execute/observed.ts';
import type { Release } from '../release/release.ts';
import { checks } from './checks.ts';
import { isIgnored } from './ignore.ts';
import { nothingOurs, type Ours, type PreflightContext, type Problem, type Sight } from './problem.ts';
import type { Subject } from './subject.ts';

/** Everything that the checks look at on the host: one round trip, beside it the questions to an external etcd. */
export function preflightReads(subject: Subject, release: Release): Reads {
  return { ...mergeReads(checks.map(({ reads }) => reads?.(subject, release) ?? {})), facts: true };
}

export interface PreflightInput {
  /** What preflightReads asked for. */
  readonly observed: Sight;
  readonly subject: Subject;
  readonly release: Release;
  readonly ours?: Ours;
}

export interface PreflightResult {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Every problem of a host at once, in the order of kubeadm's checks. Errors that are ignored
 * are warnings. A user who is not root is told that alone, as kubeadm does.
 */
export function preflight(input: PreflightInput, ignored: readonly string[] = []): PreflightResult {
  const context = contextOf(input);
  const applying = checks.filter((check) => check.applies?.(context) ?? true);
  const [privileges, ...others] = applying;
  const first = weighed(privileges?.check(context) ?? [], ignored);
  if (first.errors.length > 0) return first;
  const rest = weighed(
    others.flatMap((check) => check.check(context)),
    ignored,
  );
  return { errors: rest.errors, warnings: [...first.warnings, ...rest.warnings] };
}

function contextOf({ observed, ours = nothingOurs, ...about }: PreflightInput): PreflightContext {
  const { facts, files = new Map(), paths = new Map(), services = new Map(), commands = new Map() } = observed;
  return { facts, files, paths, services, commands, etcdVersions: observed.etcdVersions ?? [], ours, ...about };
}

/** Problems by what they mean: errors that are ignored are warnings. */
export function weighed(problems: readonly Problem[], ignored: readonly string[]): PreflightResult {
  const isFatal = ({ name, severity }: Problem) => severity === 'error' && !isIgnored(name, ignored);
  return {
    errors: problems.filter(isFatal),
    warnings: problems.filter((problem) => !isFatal(problem)).map((problem) => ({ ...problem, severity: 'warning' })),
  };
}
