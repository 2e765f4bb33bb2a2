import { describe, expect, it } from 'vitest';
import { externalProblems, externalQuestion } from '../../../src/preflight/between/external-balancer.ts';
import type { PlannedCluster } from '../../../src/preflight/between/rule.ts';

const planned: PlannedCluster = {
  hosts: [
    { name: 'm1', address: '10.0.0.11', role: 'control-plane' },
    { name: 'm2', address: 'fd00::12', role: 'control-plane' },
    { name: 'w1', address: '10.0.0.21', role: 'worker' },
  ],
  balancer: { kind: 'external', address: 'lb.example.com', port: 443 },
  endpoint: undefined,
  bindPort: 6443,
  localEtcd: true,
};

const line = (kind: string, at: string, print = '') =>
  `${kind} ${at} ${print === '' ? '' : `sha256 Fingerprint=${print}`}\n`;
const servers = line('server', '10.0.0.11:6443', 'AA') + line('server', '[fd00::12]:6443', 'BB');
const behind = (...prints: string[]) => prints.map((print) => line('balancer', 'lb.example.com:443', print)).join('');

describe('the user’s own load balancer', () => {
  it('is asked for beside every control plane, and for nothing where it is kinit’s', () => {
    expect(externalQuestion(planned)?.slice(4)).toEqual(['lb.example.com:443', '10.0.0.11:6443', '[fd00::12]:6443']);
    expect(externalQuestion({ ...planned, balancer: { kind: 'none' } })).toBeUndefined();
  });

  it.each<[string, string, readonly string[]]>([
    ['that leads to all of them', servers + behind('AA', 'BB', 'AA'), []],
    ['before there is anybody to lead to', line('server', '10.0.0.11:6443') + behind(''), []],
    [
      'while one control plane does not answer',
      line('server', '10.0.0.11:6443', 'AA') + line('server', '[fd00::12]:6443') + behind('AA'),
      [],
    ],
    [
      'that leaves one out',
      servers + behind('AA', 'AA'),
      ['the load balancer lb.example.com:443 did not lead to m2 in 8 tries'],
    ],
    [
      'at which nobody answers',
      servers + behind('', ''),
      ['nobody answers with TLS at the load balancer lb.example.com:443'],
    ],
    [
      'that leads elsewhere',
      servers + behind('CC'),
      ['the load balancer lb.example.com:443 leads to none of the control planes, but to somebody else'],
    ],
  ])('%s', (_, answer, messages) => {
    expect(externalProblems(planned, answer).map(({ message }) => message)).toEqual(messages);
  });
});
