import type { Change } from '../../execute/change.ts';
import { forwardingChecks } from '../../preflight/network.ts';
import { swapChecks } from '../../preflight/system.ts';
import { type Finding, findingOf } from '../finding.ts';
import { isNodeToBe } from '../patient.ts';
import type { Rule } from '../rule.ts';

/** A kubelet that is told to bear it does. */
export const swapOn: Rule = {
  check: (patient) => {
    if (!isNodeToBe(patient) || patient.subject.kubelet['failSwapOn'] === false) return [];
    return swapChecks
      .filter(({ applies }) => applies?.(patient) ?? true)
      .flatMap(({ check }) => check(patient))
      .map((problem) => ({ ...findingOf(problem), fix: [{ kind: 'command', argv: ['swapoff', '-a'] }] }));
  },
};

/** Modules and settings that a boot or another program has taken away. */
export const kernelSettings: Rule = {
  check: (patient) => {
    if (!isNodeToBe(patient)) return [];
    const problems = forwardingChecks
      .filter(({ applies }) => applies?.(patient) ?? true)
      .flatMap(({ check }) => check(patient));
    return problems.map((problem): Finding => {
      const path = /\/proc\/sys\/(\S+)/.exec(problem.message)?.[1] ?? '';
      const key = path.replaceAll('/', '.');
      const module: readonly Change[] =
        key.startsWith('net.bridge.') && !patient.facts.sysctls.has(key)
          ? [{ kind: 'command', argv: ['modprobe', 'br_netfilter'] }]
          : [];
      const set: Change = { kind: 'command', argv: ['sysctl', '-q', '-w', `${key}=1`] };
      const found = findingOf(problem);
      return { ...found, evidence: found.evidence || `no /proc/sys/${path}`, fix: [...module, set] };
    });
  },
};
