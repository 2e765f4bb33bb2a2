import type { Finding } from '../../doctor/finding.ts';
import { diagnose } from '../../execute/diagnose.ts';
import type { Host } from '../../host/host.ts';
import { doctor } from './doctor.ts';

/**
 * Why a host does not become what a run waits for: the cause that doctor's rules find, with what was seen and what mends it;
 * else the host's own last words. '' where it tells nothing.
 */
export async function lastWords(host: Host, clock: () => number): Promise<string> {
  const [examined] = await doctor([{ name: host.name, opening: host }], clock);
  const errors = (examined?.findings ?? []).filter(({ severity }) => severity === 'error');
  // While a cluster is made there is none yet, whatever else is wrong.
  const cause = errors.find(({ name }) => !expected.has(name)) ?? errors[0];
  return cause === undefined ? diagnose(host) : told(cause);
}

const expected = new Set(['NoPodNetwork', 'NoNode', 'JoinUnfinished']);

/** Characters of a log's line that a person reads. */
const longest = 400;

function told({ message, evidence, mend }: Finding): string {
  return [`likely cause: ${message}`, evidence.slice(0, longest), `to mend it: ${mend}`].filter(Boolean).join('\n  ');
}
