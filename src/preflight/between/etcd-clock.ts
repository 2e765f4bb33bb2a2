import { warning } from '../problem.ts';
import { type BetweenRule, controlPlanesAmong } from './rule.ts';

/** Seconds: etcd warns of more (etcd server/etcdserver/api/rafthttp/probing_status.go, `the clock difference against peer is too high`). */
const wanted = 1;

/** Clocks of control planes among each other, after the doubt that the answers' journeys leave. */
export const etcdClock: BetweenRule = {
  check: (members, cluster) => {
    const known = controlPlanesAmong(members, cluster).filter(({ member }) => Number.isFinite(member.facts.clock));
    const [first, ...others] = known.map(({ member }) => member);
    if (first === undefined) return [];
    const offset = ({ facts, asked, answered }: typeof first) => facts.clock - (asked + answered) / 2;
    return others.flatMap((member) => {
      const difference = Math.abs(offset(member) - offset(first));
      const doubt = (member.answered - member.asked + first.answered - first.asked) / 2;
      if (difference - doubt <= wanted) return [];
      const message = `the clock is ${difference.toFixed(1)} s from that of ${first.host}: etcd’s members want less than ${wanted} s`;
      const mend = 'chronyc makestep, with the same time servers on all control planes';
      return [{ host: member.host, problem: warning('EtcdClock', message, { mend, prepared: true }) }];
    });
  },
};
