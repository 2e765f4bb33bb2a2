import { addressesIn, lookup } from '../name-lookup.ts';
import { failure, warning } from '../problem.ts';
import { answerOf, type BetweenRule, type HostProblem } from './rule.ts';

/** The endpoint's name, where kinit does not keep it in hosts files, leads all hosts to the same place. */
export const endpointResolution: BetweenRule = {
  reads: (_, { endpoint }) => (endpoint === undefined ? [] : [lookup(endpoint)]),
  check: (members, { endpoint }) => {
    if (endpoint === undefined) return [];
    const asked = members.filter((member) => answerOf(member, lookup(endpoint)) !== undefined);
    const found = asked.map((member) => ({
      member,
      addresses: [...addressesIn(member.commands ?? new Map(), endpoint)].sort(),
    }));
    const known = found.filter(({ addresses }) => addresses.length > 0);
    const usual = mostOften(known.map(({ addresses }) => addresses.join(' ')));
    return found.flatMap(({ member, addresses }): readonly HostProblem[] => {
      const mend = `give ${endpoint} the same address on all hosts, in DNS or in /etc/hosts`;
      if (addresses.length === 0) {
        const message = `the control plane's endpoint ${endpoint} does not resolve`;
        return [{ host: member.host, problem: failure('EndpointResolution', message, { mend }) }];
      }
      if (addresses.join(' ') === usual) return [];
      const message = `the control plane's endpoint ${endpoint} resolves to another address than on other hosts`;
      const evidence = `${addresses.join(' ')}, elsewhere ${usual}`;
      return [{ host: member.host, problem: warning('EndpointResolution', message, { evidence, mend }) }];
    });
  },
};

/** Of equally many the first. */
function mostOften(texts: readonly string[]): string {
  const count = (text: string) => texts.filter((one) => one === text).length;
  return texts.reduce((best, text) => (count(text) > count(best) ? text : best), texts[0] ?? '');
}
