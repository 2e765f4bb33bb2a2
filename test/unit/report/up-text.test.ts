import { describe, expect, test } from 'vitest';
import { KinitError } from '../../../src/errors.ts';
import { strangersText, upObject, upText } from '../../../src/report/up-text.ts';
import type { UpOutcome, UpResult } from '../../../src/workflows/cluster/up/up-input.ts';

const outcome = (host: string, more: Partial<UpOutcome> = {}): UpOutcome => ({
  host,
  result: 'up',
  changed: [],
  error: undefined,
  ms: 1500,
  ...more,
});
const result = (more: Partial<UpResult> = {}): UpResult => ({
  outcomes: [outcome('cp1'), outcome('w1', { result: 'not asked', ms: 0 })],
  leader: 'cp1',
  unready: new Map(),
  strangers: [],
  leaving: [],
  assumed: false,
  server: 'https://10.0.0.11:6443',
  ...more,
});
const told = { file: 'cluster.yaml', hasNetwork: true, ms: 61_000 };

describe('how up ends', () => {
  test('shows each host with what became of it and how long it took', () => {
    expect(upText(result(), told)).toBe(
      [
        'HOST  RESULT     TIME',
        'cp1   up         1.5s',
        'w1    not asked',
        '',
        '2 hosts, all as the file says, in 1m01s.',
        '',
        'To use the cluster from here: kinit kubeconfig fetch --config cluster.yaml --merge',
        '',
      ].join('\n'),
    );
  });

  test('keeps the table narrow, and tells what failed in full once for all hosts that it is the same on', () => {
    const error = new KinitError(`no mirror answers\n${'line\n'.repeat(3)}end`, { hint: 'check DNS' });
    const text = upText(
      result({ outcomes: [outcome('cp1'), ...['w1', 'w2'].map((host) => outcome(host, { result: 'failed', error }))] }),
      told,
    );
    expect(text).toMatch(/^w2 +failed +1\.5s +no mirror answers$/m);
    expect(text).toContain('w1, w2:\n  no mirror answers\n  | line\n');
    expect(text).toContain('  check DNS\n');
    expect(text).toContain('3 hosts, 2 not as the file says');
    expect(text).toContain('the same command goes on from here');
  });

  test.each([40, 50, 80, 120])('has a table that fits a terminal of %i columns', (width) => {
    const error = new KinitError(`installing ${'kubelet-1.20.2 '.repeat(20)}failed`);
    const text = upText(result({ outcomes: [outcome('cp1'), outcome('w1', { result: 'failed', error })] }), {
      ...told,
      width,
    });
    const [table = '', inFull = ''] = text.split('\n\n');
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(Math.max(width, 47));
    expect(inFull).toContain(error.message);
  });

  test('says of a cluster without a pod network why nodes are not Ready, and what to run', () => {
    const text = upText(result({ unready: new Map([['w1', 'cni plugin not initialized']]) }), {
      ...told,
      hasNetwork: false,
    });
    expect(text).toContain('Not Ready: w1. The cluster has no pod network: network.plugin is none in cluster.yaml.');
    expect(text).toContain('kubectl apply -f NETWORK.yaml');
  });

  test('says of nodes that are not Ready all the same what their kubelets say', () => {
    const text = upText(result({ unready: new Map([['w1', 'PLEG is not healthy']]) }), told);
    expect(text).toContain('Not Ready: w1\n  PLEG is not healthy\n');
  });

  test('names nodes that the file does not', () => {
    expect(upText(result({ strangers: ['w9'] }), told)).toContain('kinit node remove w9');
  });

  test.each([
    [[], 'kinit node remove w9 takes it out, kinit up --prune all such nodes'],
    [['w9'], 'its pods are evicted, it leaves the cluster'],
  ])('says in a plan what becomes of such a node where %j leave', (leaving, words) => {
    expect(strangersText({ strangers: ['w9'], leaving }, 'cluster.yaml')).toContain(
      `Node w9 is in the cluster and not in cluster.yaml: ${words}`,
    );
  });

  test('does not offer a kubeconfig where the control plane did not come up', () => {
    const error = new KinitError('no disk');
    expect(upText(result({ outcomes: [outcome('cp1', { result: 'failed', error })] }), told)).not.toContain(
      'kubeconfig',
    );
  });

  test('says the same to a machine', () => {
    expect(upObject(result())).toEqual({
      server: 'https://10.0.0.11:6443',
      hosts: [
        { host: 'cp1', result: 'up', changes: 0, ms: 1500 },
        { host: 'w1', result: 'not asked', changes: 0, ms: 0 },
      ],
      notReady: {},
      notInFile: [],
    });
  });
});
