import type { Change } from '../../execute/change.ts';
import { signIn } from '../../execute/signs.ts';
import { kubeletHealthzPort, kubeletPort } from '../../release/ports.ts';
import { type Finding, trouble } from '../finding.ts';
import { isNodeToBe, type Patient } from '../patient.ts';
import type { Rule } from '../rule.ts';

const started: Change = { kind: 'service', name: 'kubelet', state: 'running', enabled: true };

/** Nobody has it run. */
export const kubeletStopped: Rule = {
  check: (patient) => {
    const unit = patient.units.get('kubelet');
    if (unit === undefined || !isNodeToBe(patient) || !unit.exists) return [];
    if (!unit.stopped) return [];
    return [
      trouble('KubeletStopped', 'the kubelet does not run', {
        evidence: `kubelet.service is ${unit.state} (${unit.detail})`,
        mend: 'systemctl enable --now kubelet',
        fix: [started],
      }),
    ];
  },
};

/** It ends as soon as it is begun: its last words say why. */
export const kubeletFails: Rule = {
  unless: ['CRI', 'RuntimeStopped', 'TokenRefused'],
  check: (patient) => {
    const { units, kubeletLog } = patient;
    const unit = units.get('kubelet');
    if (unit === undefined || !isFailing(patient)) return [];
    const state = `kubelet.service: ${unit.state} (${unit.detail})${unit.restarts > 0 ? `, begun anew ${unit.restarts} times` : ''}`;
    const known = signIn(kubeletLog);
    const last = kubeletLog.findLast((line) => /^[EF]\d{4} |[Ee]rror|[Ff]ailed/.test(line)) ?? '';
    if (known === undefined) {
      const mend = 'journalctl -u kubelet -n 50 --no-pager';
      return [trouble('KubeletFails', 'the kubelet ends as soon as it is begun', { evidence: last || state, mend })];
    }
    const { name, cause, mend } = known.sign;
    return [trouble(name, `the kubelet does not start: ${cause}`, { evidence: known.line, mend })];
  },
};

/** A unit that is begun anew again and again is active for a moment each time. */
function isFailing(patient: Patient): boolean {
  const { units, facts } = patient;
  const unit = units.get('kubelet');
  if (unit === undefined || unit.stopped || !isNodeToBe(patient)) return false;
  if (unit.state === 'failed' || unit.detail === 'auto-restart') return true;
  const isHealthy = facts.listening.some(({ port }) => port === kubeletHealthzPort);
  return unit.state === 'active' && unit.restarts > 1 && !isHealthy;
}

/** Somebody else has the port that the API server asks it at. */
export const kubeletPortTaken: Rule = {
  check: ({ facts, isNode }): readonly Finding[] => {
    const taken = facts.listening.find(
      ({ port, process }) => port === kubeletPort && !/^(kubelet)?$/.test(process ?? ''),
    );
    if (!isNode || taken === undefined) return [];
    return [
      trouble('PortTaken', `port ${kubeletPort}, which the kubelet needs, is taken by ${taken.process}`, {
        evidence: `${taken.address}:${taken.port} (${taken.process})`,
        mend: `stop ${taken.process}, then systemctl restart kubelet`,
      }),
    ];
  },
};

/** It works until the next boot. */
export const kubeletDisabled: Rule = {
  unless: ['KubeletStopped'],
  check: ({ units, isNode }) => {
    const unit = units.get('kubelet');
    if (!isNode || unit === undefined || !unit.exists || unit.enabled) return [];
    return [
      {
        name: 'KubeletDisabled',
        severity: 'warning',
        message: 'the kubelet does not start with the next boot',
        evidence: 'kubelet.service is disabled',
        mend: 'systemctl enable kubelet',
        fix: [{ kind: 'command', argv: ['systemctl', 'enable', 'kubelet'] }],
      },
    ];
  },
};
