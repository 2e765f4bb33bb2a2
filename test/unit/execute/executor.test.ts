import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/archive/source.ts';
import { KinitError } from '../../../src/errors.ts';
import type { Change } from '../../../src/execute/change.ts';
import { doneBefore } from '../../../src/execute/done.ts';
import { perform } from '../../../src/execute/executor.ts';
import type { Target } from '../../../src/execute/target.ts';
import { KubeError } from '../../../src/kube/error.ts';
import type { ReportEvent } from '../../../src/report/reporter.ts';
import { Secret } from '../../../src/secret.ts';
import { FakeHost, type FakeHostOptions } from '../../fakes/host.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { target } from './target.ts';

const file = (path: string, says?: string): Change => ({
  kind: 'file',
  path,
  content: 'x',
  mode: 0o644,
  ...(says === undefined ? {} : { says }),
});
const map = (name: string): Change => ({
  kind: 'object',
  how: 'present',
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system' }, data: { a: '1' } },
});

interface Run {
  readonly host: FakeHost;
  readonly kube: FakeKube;
  readonly told: ReportEvent[];
  readonly error: unknown;
  /** The changes that were done, as it says or as its error knows. */
  readonly done: readonly Change[];
}

async function performed(
  changes: readonly Change[],
  options: FakeHostOptions = {},
  more: Partial<Target> = {},
): Promise<Run> {
  const host = new FakeHost({ name: 'cp1', ...options });
  const kube = new FakeKube();
  const told: ReportEvent[] = [];
  const reporter = { report: (event: ReportEvent) => void told.push(event), end: () => {} };
  const decided = changes.map((change) => ({ phase: 'certs', change }));
  const { error, done } = await perform(decided, target({ host, kube: async () => kube, reporter, ...more })).then(
    (done) => ({ error: undefined, done }),
    (error: unknown) => ({ error, done: doneBefore(error) }),
  );
  return { host, kube, told, error, done: done.map(({ change }) => change) };
}

const lines = (told: readonly ReportEvent[]) => told.flatMap((event) => (event.type === 'line' ? [event.text] : []));

describe('performing changes', () => {
  it('takes one round trip for all that stand together for the host', async () => {
    const { host, kube } = await performed([
      file('/a'),
      { kind: 'directory', path: '/b', mode: 0o700 },
      map('m'),
      file('/c'),
    ]);
    expect(host.roundTrips).toBe(2);
    expect([...host.entries.keys()].filter((path) => path.length === 2)).toEqual(['/a', '/b', '/c']);
    expect(kube.objects('ConfigMap')).toHaveLength(1);
  });

  it('takes one round trip where notes stand among the changes, and tells them in their places', async () => {
    const note = (text: string): Change => ({ kind: 'note', text });
    const { host, told } = await performed([
      note('1'),
      file('/a', '2'),
      note('3'),
      file('/b', '4'),
      note('5'),
      { ...map('m'), says: '6' },
      note('7'),
    ]);
    expect(host.roundTrips).toBe(1);
    expect(lines(told)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  it('tells no note that stands behind a failure', async () => {
    const { told } = await performed(
      [
        { kind: 'note', text: 'before' },
        file('/a', 'made'),
        { kind: 'command', argv: ['false'] },
        { kind: 'note', text: 'behind' },
      ],
      { commands: { false: { code: 1 } } },
    );
    expect(lines(told)).toEqual(['before', 'made']);
  });

  describe('in waves', () => {
    const decided = (wave: number | undefined, change: Change) => ({
      phase: 'certs',
      change,
      ...(wave === undefined ? {} : { wave }),
    });
    const certificate: Change = {
      kind: 'key-pair',
      privatePath: '/sa.key',
      publicPath: '/sa.pub',
      algorithm: 'ECDSA-P256',
      says: '1',
    };
    const run = async (host: FakeHost, all: Parameters<typeof perform>[0]) => {
      const told: ReportEvent[] = [];
      const reporter = { report: (event: ReportEvent) => void told.push(event), end: () => {} };
      const error = await perform(all, target({ host, reporter })).catch((reason: unknown) => reason);
      const made = [...host.entries].flatMap(([path, { type }]) => (type === 'file' ? [path] : []));
      return { told: lines(told), made, error };
    };

    it('does those of a lower wave first, those of none last, and tells all in their order', async () => {
      const { told, made } = await run(new FakeHost(), [
        decided(1, certificate),
        decided(undefined, file('/late', '2')),
        decided(1, file('/second', '3')),
        decided(0, file('/first', '4')),
      ]);
      expect(made).toEqual(['/first', '/sa.key', '/sa.pub', '/second', '/late']);
      expect(told).toEqual(['1', '2', '3', '4']);
    });

    it('waits for no key of a later wave', async () => {
      const never = { prefetch() {}, discard() {}, take: () => Promise.reject(new Error('no key')) };
      const host = new FakeHost();
      await expect(
        perform([decided(1, certificate), decided(0, file('/first'))], target({ host, keys: never })),
      ).rejects.toThrow('no key');
      expect(host.entries.has('/first')).toBe(true);
    });

    it('tells what was done before a failure, in its order', async () => {
      const { told, error } = await run(new FakeHost({ commands: { false: { code: 1 } } }), [
        decided(2, file('/never', '1')),
        decided(0, file('/done', '2')),
        decided(1, { kind: 'command', argv: ['false'], says: '3' }),
      ]);
      expect(error).toBeInstanceOf(Error);
      expect(told).toEqual(['2', '3']);
      expect(doneBefore(error).map(({ change }) => change)).toEqual([file('/done', '2')]);
    });
  });

  it('tells each change in its order, when it was done', async () => {
    const changes: Change[] = [
      { kind: 'note', text: 'first' },
      file('/a', 'second'),
      file('/b'),
      { ...map('m'), says: 'third' },
    ];
    expect(lines((await performed(changes)).told)).toEqual(['first', 'second', 'third']);
  });

  it('stops at the first failure: which phase, which change, the host’s own words, and what to do', async () => {
    const changes: Change[] = [file('/a'), { kind: 'command', argv: ['false'], advice: 'try true' }, file('/b')];
    const { host, error } = await performed(changes, { commands: { false: { code: 3, stderr: 'no way\n' } } });
    expect(error).toMatchObject({
      message: 'certs: `false` failed with exit code 3:\nno way',
      host: 'cp1',
      hint: 'try true',
      exitCode: 1,
    });
    expect(host.text('/a')).toBe('x');
    expect(host.text('/b')).toBeUndefined();
  });

  it('returns what was done: all but what is optional and has failed', async () => {
    const pull: Change = { kind: 'command', argv: ['pull'], optional: true };
    const changes = [file('/a'), pull, file('/b'), map('m'), { kind: 'note', text: 'n' } as const];
    const { done } = await performed(changes, { commands: { pull: { code: 1 } } });
    expect(done).toEqual(changes.filter((change) => change !== pull));
  });

  it.each<[string, Change]>([
    ['a command', { kind: 'command', argv: ['false'] }],
    [
      'an object',
      { ...map('refused'), object: { apiVersion: 'v1', kind: 'Refused', metadata: { name: 'r' } } } as Change,
    ],
  ])('knows what was done before %s failed', async (_, fails) => {
    const kube = new FakeKube();
    kube.failNext(/^create Refused/, new KubeError(422, 'Invalid', 'no'));
    const pull: Change = { kind: 'command', argv: ['pull'], optional: true };
    const before = [file('/a'), pull, map('m'), file('/b'), map('n')];
    const { done, error } = await performed(
      [...before, fails, file('/c')],
      { commands: { pull: { code: 1 }, false: { code: 1 } } },
      { kube: async () => kube },
    );
    expect(error).toBeInstanceOf(KinitError);
    expect(done).toEqual(before.filter((change) => change !== pull));
  });

  it('goes on behind an optional change that fails, with a warning', async () => {
    const pull: Change = { kind: 'command', argv: ['pull'], optional: true };
    const { host, told, error } = await performed([file('/a'), pull, file('/b')], {
      commands: { pull: { code: 1, stderr: 'offline' } },
    });
    expect(error).toBeUndefined();
    expect(host.text('/b')).toBe('x');
    expect(told).toContainEqual({
      type: 'warning',
      host: 'cp1',
      text: 'certs: `pull` failed with exit code 1:\noffline',
    });
  });

  it.each([
    ['http: server gave HTTP response to HTTPS client', 'speaks plain HTTP'],
    ['i/o timeout', 'check the network'],
  ])('names what a command does, and what to do about “%s”', async (stderr, hint) => {
    const causes = [{ sign: /HTTP response to HTTPS/, advice: 'speaks plain HTTP' }];
    const pull: Change = {
      kind: 'command',
      argv: ['pull'],
      what: 'pulling pause:3.2',
      advice: 'check the network',
      causes,
    };
    const { error } = await performed([pull], { commands: { pull: { code: 1, stderr } } });
    expect(error).toMatchObject({ hint, message: `certs: pulling pause:3.2 failed with exit code 1:\n${stderr}` });
  });

  it('says a command that may take minutes before it runs', async () => {
    const told: ReportEvent[] = [];
    let before: readonly string[] = [];
    const pull = () => {
      before = lines(told);
      return {};
    };
    await performed(
      [file('/a', 'a'), { kind: 'command', argv: ['pull'], deadline: 900, says: 'pulling' }],
      { commands: { pull } },
      { reporter: { report: (event) => void told.push(event), end: () => {} } },
    );
    expect(before).toEqual(['a', 'pulling']);
  });

  it('does nothing once Ctrl-C was pressed: exit 130', async () => {
    const { host, error } = await performed([file('/a')], {}, { signal: AbortSignal.abort() });
    expect(error).toMatchObject({ exitCode: 130, hint: expect.stringContaining('same command again') });
    expect(host.entries.size).toBe(0);
  });

  describe('in a rehearsal', () => {
    const access = { servers: [], caFile: '/ca', certFile: '/crt', keyFile: '/key' };
    const source: Source = { size: 5, sha256: 'unread', read: () => Promise.reject(new Error('was read')) };
    const onlyWhatRuns: readonly Change[] = [
      { kind: 'wait', until: { on: 'api', what: 'the API', path: '/never' }, deadline: 60, advice: '' },
      { kind: 'awaited', path: '/never', what: 'a file', deadline: 60, advice: '' },
      { kind: 'node', name: 'never', labels: { a: 'b' }, annotations: {}, taints: [] },
      { kind: 'drain', how: 'drained', node: 'never', deadline: 60, force: false },
      { kind: 'etcd-member', how: 'absent', peerUrl: 'https://192.0.2.1:2380', access },
      { kind: 'upload', path: '/images.tar', mode: 0o600, source },
    ];

    it.each(onlyWhatRuns.map((change) => [change.kind, change] as const))(
      'tells of a %s, which only something that runs could do, and counts it as done',
      async (_, change) => {
        const told = { ...change, says: 'told' };
        const { host, kube, told: events, error, done } = await performed([told], {}, { rehearsal: true });
        expect(error).toBeUndefined();
        expect([lines(events), done]).toEqual([['told'], [told]]);
        expect([host.roundTrips, kube.calls]).toEqual([0, []]);
      },
    );

    it('performs the rest on the overlays, in its order', async () => {
      const all = [file('/a', '1'), ...onlyWhatRuns, map('m'), file('/b', '2')];
      const { host, kube, told: events, error, done } = await performed(all, {}, { rehearsal: true });
      expect(error).toBeUndefined();
      expect(done).toEqual(all);
      expect(lines(events)).toEqual(['1', '2']);
      expect([...host.entries.keys()].filter((path) => path.length === 2)).toEqual(['/a', '/b']);
      expect(kube.objects('ConfigMap')).toHaveLength(1);
    });
  });

  describe('that await a file on the host', () => {
    const awaited = (path: string): Change => ({
      kind: 'awaited',
      path,
      what: `the file ${path}`,
      deadline: 90,
      advice: 'look there',
      says: `waiting for ${path}`,
    });

    it('takes one round trip for the waits and what follows them', async () => {
      const { host } = await performed([file('/a'), awaited('/b'), awaited('/c'), file('/d'), file('/e')], {
        commands: { 'sh -c until': {} },
      });
      expect(host.roundTrips).toBe(2);
      expect(host.ran.map((argv) => argv.at(-1))).toEqual(['/b', '/c']);
      expect(host.text('/e')).toBe('x');
    });

    it('tells what was done before, and what it waits for and how long, before it waits', async () => {
      const told: ReportEvent[] = [];
      let before: readonly ReportEvent[] = [];
      const arrived = () => {
        before = [...told];
        return {};
      };
      await performed(
        [file('/a', 'a'), awaited('/b'), file('/c', 'c')],
        { commands: { 'sh -c until': arrived } },
        { reporter: { report: (event) => void told.push(event), end: () => {} } },
      );
      expect(lines(before)).toEqual(['a', 'waiting for /b']);
      expect(before).toContainEqual({ type: 'waiting', host: 'cp1', what: 'the file /b', deadline: 90 });
      expect(lines(told)).toEqual(['a', 'waiting for /b', 'c']);
    });

    it('ends at the deadline with the advice and the host’s last words, and does nothing more', async () => {
      const { host, error } = await performed([awaited('/b'), file('/c')], {
        commands: {
          'sh -c until': { code: 124 },
          sh: { stdout: 'E1121 kubelet.go] running with swap on is not supported\n\u0001' },
        },
      });
      expect(error).toMatchObject({
        host: 'cp1',
        hint: 'look there',
        message: expect.stringMatching(/^timed out after 90s waiting for the file \/b\nlikely cause: swap is on/),
      });
      expect(host.text('/c')).toBeUndefined();
    });
  });

  it('shows no secret when a change fails', async () => {
    const secret: Change = { kind: 'file', path: '/a/b', content: new Secret('hidden'), mode: 0o600 };
    const { error } = await performed([secret], { files: { '/a': 'a file' } });
    expect(String(error)).toContain('writing /a/b failed');
    expect(JSON.stringify(error)).not.toContain('hidden');
  });
});
