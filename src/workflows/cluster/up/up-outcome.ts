import { exitCodes, KinitError } from '../../../errors.ts';
import type { Decided } from '../../../execute/decided.ts';
import type { HostEnd, Place } from '../../over-hosts.ts';
import type { LivingCluster } from '../living-cluster.ts';
import type { UpOutcome, UpResult } from './up-input.ts';
import type { UpHost } from './wanted-cluster.ts';

/** What became of a machine that was worked on, or that nothing was touched on. */
export function upOutcome({ place, ms, error, ...end }: HostEnd<Place, readonly Decided[]>): UpOutcome {
  const host = place.name;
  if (end.how === 'done') {
    const result = end.done.length === 0 ? 'as wanted' : 'up';
    return { host, result, changed: end.done, error: undefined, ms };
  }
  return { host, result: end.how === 'failed' ? 'failed' : 'left out', changed: end.before, error, ms };
}

/** In a few words. */
export function changesText(changed: readonly Decided[]): string {
  return changed.length === 0 ? 'as wanted' : `${changed.length} changes`;
}

/** A machine of which the cluster says that it is as the file wants it. */
export function notAsked(entry: UpHost): UpOutcome {
  return { host: entry.name, result: 'not asked', changed: [], error: undefined, ms: 0 };
}

/** 0 where all went well; else what the leading control plane failed with, or 4: the cluster is up without some hosts. */
export function exitCodeOfUp({ outcomes, leader }: Pick<UpResult, 'outcomes' | 'leader'>): number {
  const leading = outcomes.find(({ host }) => host === leader);
  if (leading?.error) return leading.error.exitCode;
  return outcomes.some(({ error }) => error !== undefined) ? exitCodes.someHostsFailed : exitCodes.done;
}

/** Why a host has nothing to do: the control plane that leads the run has failed. */
export function nothingToJoin(
  host: string,
  { living, leader }: { readonly living: LivingCluster | undefined; readonly leader: UpHost },
): KinitError {
  const [what, keeps] =
    living === undefined
      ? ['the control plane did not come up, so there is nothing to join', 'the control plane from coming up']
      : [`${leader.name} is not as the file wants it, so this host stays as it is`, 'it from that'];
  return new KinitError(what, { host, hint: `mend what keeps ${keeps}, then run the same command again` });
}
