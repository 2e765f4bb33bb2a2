import { failure, warning } from '../problem.ts';
import { answerOf, type BetweenRule, controlPlanesAmong, peersOf } from './rule.ts';

/** Milliseconds: etcd writes wait for one round trip, and its elections (1000 ms) want ten: https://etcd.io/docs/latest/tuning/ */
const slow = 10;
const tooSlow = 100;

const pings = 'for peer; do ping -n -q -c 3 -i 0.2 -W 1 "$peer" 2>/dev/null & done; wait';

function question(peers: readonly string[]): readonly string[] {
  return ['sh', '-c', pings, 'kinit', ...peers];
}

/** How long control planes wait for each other. Who does not answer to ping is not judged. */
export const roundTrip: BetweenRule = {
  reads: (own, cluster) => {
    const peers = peersOf(own, cluster).map(({ address }) => address);
    return peers.length === 0 ? [] : [question(peers)];
  },
  check: (members, cluster) =>
    controlPlanesAmong(members, cluster).flatMap(({ own, member }) => {
      const peers = peersOf(own, cluster);
      const times = averages(answerOf(member, question(peers.map(({ address }) => address))) ?? '');
      return peers.flatMap(({ name, address }) => {
        const time = times.get(address);
        if (time === undefined || time <= slow) return [];
        const message = `a round trip to the control plane ${name} takes ${time.toFixed(1)} ms: every write to etcd waits for it`;
        const mend = 'put the control planes into one place: etcd’s members want to be near each other';
        const tell = time > tooSlow ? failure : warning;
        return [{ host: member.host, problem: tell('EtcdRoundTrip', message, { mend }) }];
      });
    }),
};

/** Address -> mean in milliseconds, from the sums of several pings. */
function averages(text: string): ReadonlyMap<string, number> {
  const sums = text.split(/^(?=--- )/m);
  return new Map(
    sums.flatMap((sum): readonly [string, number][] => {
      const address = /^--- (\S+) ping statistics ---$/m.exec(sum)?.[1];
      const mean = /^(?:rtt|round-trip) min\/avg\/max\S* = [\d.]+\/([\d.]+)\//m.exec(sum)?.[1];
      return address === undefined || mean === undefined ? [] : [[address, Number(mean)]];
    }),
  );
}
