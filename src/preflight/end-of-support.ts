import { distributionOf } from '../distribution/distribution.ts';
import { servedMinor } from '../release/served.ts';
import { type PreflightContext, type Problem, warning } from './problem.ts';

/** A release of Kubernetes or of the distribution that gets no more fixes, by the host's own clock. */
export function endOfSupport({ facts, release: { version } }: PreflightContext): readonly Problem[] {
  const distribution = distributionOf(facts);
  const ends = [
    { what: `Kubernetes v1.${version.minor}`, day: servedMinor(version.minor)?.endOfSupport },
    { what: distribution?.name ?? facts.os.name, day: distribution?.endOfSupport },
  ];
  return ends.flatMap(({ what, day }) =>
    day !== undefined && facts.clock * 1000 > Date.parse(`${day}T23:59:59Z`)
      ? [warning('EndOfSupport', `${what} gets no more fixes since ${day}`, { mend: 'plan its upgrade' })]
      : [],
  );
}
