import { nearestMinor } from '../release/limits.ts';
import { newestMinor, oldestMinor } from '../release/served.ts';
import type { PreflightContext } from './problem.ts';
import { machineOf } from './runtime-of.ts';

/** What to do about a host on which this version cannot work: the nearest minor that does, or what else would help. */
export function nearestThatWorks({ facts, subject, release }: PreflightContext, otherwise?: string): string {
  const minor = nearestMinor(machineOf(facts, subject), release.version, { oldest: oldestMinor, newest: newestMinor });
  const advice = [
    ...(minor === undefined ? [] : [`the nearest minor that works here is v1.${minor} (--kubernetes-version)`]),
    ...(otherwise === undefined ? [] : [otherwise]),
  ];
  return advice.join('; or ') || 'no minor that kinit serves works on this host';
}
