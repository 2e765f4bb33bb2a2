import type { Observed } from '../execute/observed.ts';
import type { Facts } from '../host/facts/facts.ts';
import type { Release } from '../release/release.ts';
import { checks } from './checks.ts';
import { isIgnored } from './ignore.ts';
import { nothingOurs, type Ours, type PreflightContext, type Problem } from './problem.ts';
import { lookup, type Subject } from './subject.ts';

export interface PreflightInput {
  /** What preflightReads asked for. */
  readonly observed: Pick<Observed, 'paths' | 'commands' | 'etcdVersions'> &
    Partial<Pick<Observed, 'files'>> & { readonly facts: Facts };
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
  const applying = checks.filter((check) => check.applies(context));
  const [privileges, ...others] = applying;
  const first = weighed(privileges?.check(context) ?? [], ignored);
  if (first.errors.length > 0) return first;
  const rest = weighed(
    others.flatMap((check) => check.check(context)),
    ignored,
  );
  return { errors: rest.errors, warnings: [...first.warnings, ...rest.warnings] };
}

function contextOf({ observed, subject, release, ours = nothingOurs }: PreflightInput): PreflightContext {
  const { facts, paths, commands, files = new Map(), etcdVersions = [] } = observed;
  const answer = commands.get(lookup(subject.nodeName).join('\0'));
  const found = (answer?.code === 0 ? answer.stdout : '').split('\n').flatMap((line) => line.split(/\s/)[0] || []);
  const resolves = new Map(facts.resolves);
  if (found.length > 0) resolves.set(subject.nodeName, [...new Set(found)]);
  return { facts: { ...facts, resolves }, paths, files, etcdVersions, subject, release, ours };
}

/** Problems by what they mean: errors that are ignored are warnings. */
export function weighed(problems: readonly Problem[], ignored: readonly string[]): PreflightResult {
  const isFatal = ({ name, severity }: Problem) => severity === 'error' && !isIgnored(name, ignored);
  return {
    errors: problems.filter(isFatal),
    warnings: problems.filter((problem) => !isFatal(problem)).map((problem) => ({ ...problem, severity: 'warning' })),
  };
}
