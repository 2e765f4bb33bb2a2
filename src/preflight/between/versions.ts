import { warning } from '../problem.ts';
import { type BetweenRule, controlPlanesAmong } from './rule.ts';

/** Control planes have the same kubelet, where they have one. */
export const equalVersions: BetweenRule = {
  check: (members, cluster) => {
    const known = controlPlanesAmong(members, cluster).flatMap(({ member }) => {
      const version = member.facts.kubeletVersion;
      return version === undefined ? [] : [{ member, version }];
    });
    const [first] = known;
    return known.flatMap(({ member, version }) => {
      if (first === undefined || version === first.version) return [];
      const message = `the kubelet is ${version}, that of ${first.member.host} is ${first.version}: control planes want the same`;
      return [{ host: member.host, problem: warning('EqualVersions', message, { prepared: true }) }];
    });
  },
};
