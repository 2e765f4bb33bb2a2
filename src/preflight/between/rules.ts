import { endpointResolution } from './endpoint-resolution.ts';
import { etcdClock } from './etcd-clock.ts';
import { etcdPortsBetween } from './etcd-ports.ts';
import { roundTrip } from './round-trip.ts';
import type { BetweenRule } from './rule.ts';
import { equalVersions } from './versions.ts';
import { virtualAddress } from './virtual-address.ts';

/** What is looked at between machines as the file has them: a new rule is a file and a row. */
export const betweenRules: readonly BetweenRule[] = [
  roundTrip,
  etcdPortsBetween,
  etcdClock,
  equalVersions,
  virtualAddress,
  endpointResolution,
];
