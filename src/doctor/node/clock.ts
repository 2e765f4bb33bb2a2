import { installAdvice } from '../../distribution/distribution.ts';
import { trouble } from '../finding.ts';
import type { Rule } from '../rule.ts';

/** Seconds beyond which certificates and tokens that were just made do not hold yet. */
const tolerated = 5;

export const clockSkew: Rule = {
  check: ({ beyond, facts }) => {
    const { clockOffset = 0 } = beyond;
    if (Math.abs(clockOffset) <= tolerated) return [];
    const { service } = facts.timeSync;
    const mend =
      service === undefined
        ? `${installAdvice('chrony')} && systemctl enable --now chronyd && chronyc makestep`
        : 'chronyc makestep; chronyc sources shows whom it asks';
    return [
      trouble(
        'ClockSkew',
        `the clock is ${Math.round(Math.abs(clockOffset))} s ${clockOffset > 0 ? 'ahead' : 'behind'}`,
        {
          evidence: `${new Date(facts.clock * 1000).toISOString()} here; ${service === undefined ? 'nothing keeps it' : `${service} keeps it`}`,
          mend,
        },
      ),
    ];
  },
};
