import type { Release } from '../release/release.ts';
import { type ArgumentOwner, type Removals, removedArguments } from '../release/removed-arguments.ts';
import { removedEtcdArguments } from '../release/removed-etcd-arguments.ts';
import { refusedGates } from '../release/removed-gates.ts';
import type { Version } from '../release/version.ts';
import type { Report } from './findings.ts';
import type { Arg, LocalEtcd } from './types.ts';

interface Place {
  readonly path: readonly string[];
  readonly release: Release;
  readonly report: Report;
  /** Gates that are not to be named; those that a configuration is refused for unless it says so. */
  readonly gone?: GoneGates;
}

type GoneGates = (version: Version) => ReadonlyMap<string, string>;

/** The user's arguments of a component: each has a name, without dashes, which the component of the release still has. */
export function checkArguments(
  component: Exclude<ArgumentOwner, 'etcd'>,
  args: readonly Arg[],
  { path, release, report, gone = refusedGates }: Place,
): void {
  checkNamed(args, removedArguments(release.version)[component], path, report);
  for (const [index, { name, value }] of args.entries()) {
    if (name !== 'feature-gates') continue;
    const gates = value.split(',').map((gate) => gate.split('=')[0]?.trim() ?? '');
    for (const gate of gates) refuseGate(gate, gone(release.version), [...path, index, 'value'], report);
  }
}

/** The same for etcd, whose own version decides. */
export function checkEtcdArguments({ extraArgs, imageTag }: LocalEtcd, release: Release, report: Report): void {
  const removed = removedEtcdArguments(imageTag ?? release.images.etcd);
  checkNamed(extraArgs, removed, ['etcd', 'local', 'extraArgs'], report);
}

/** Feature gates in a component's configuration file that the component of the release no longer has. */
export function checkComponentGates(
  { object }: { readonly object: Readonly<Record<string, unknown>> },
  { version }: Release,
  report: Report,
  gone: GoneGates = refusedGates,
): void {
  const gates = object['featureGates'];
  if (typeof gates !== 'object' || gates === null) return;
  for (const gate of Object.keys(gates)) refuseGate(gate, gone(version), ['featureGates', gate], report);
}

function checkNamed(args: readonly Arg[], removed: Removals, path: readonly string[], report: Report): void {
  for (const [index, { name }] of args.entries()) {
    const place = [...path, index, 'name'];
    // Go's flags take an underscore for a dash.
    const gone = removed.get(name.replaceAll('_', '-'));
    if (name === '') report(place, 'an argument has to have a name');
    else if (name.startsWith('-')) report(place, `write "${name.replace(/^-+/, '')}", without dashes`);
    else if (gone) {
      const instead = gone.instead === undefined ? 'take it out' : `write ${gone.instead}`;
      report(place, `"${name}" went with ${gone.since}, and with it the component does not start: ${instead}`);
    }
  }
}

function refuseGate(
  gate: string,
  gone: ReadonlyMap<string, string>,
  path: readonly (string | number)[],
  report: Report,
): void {
  const since = gone.get(gate);
  if (since !== undefined) {
    report(path, `the feature gate "${gate}" went with ${since}, and naming it stops the component: take it out`);
  }
}
