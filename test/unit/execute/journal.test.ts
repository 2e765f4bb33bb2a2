import { describe, expect, it } from 'vitest';
import { bringBack } from '../../../src/execute/bring-back.ts';
import type { Change } from '../../../src/execute/change.ts';
import { kindOf } from '../../../src/execute/changes/table.ts';
import type { UndoEntry } from '../../../src/execute/changes/undo-entry.ts';
import {
  entriesOf,
  journaled,
  journalReads,
  parseJournal,
  passingJournal,
  preparation,
} from '../../../src/execute/journal.ts';
import { nothingObserved, type Observed, type Reads } from '../../../src/execute/observed.ts';
import { journalFolder, undoRecord } from '../../../src/execute/record-paths.ts';
import type { Operation, SeenFile } from '../../../src/host/host.ts';
import type { Phase } from '../../../src/phases/phase.ts';
import type { ReportEvent } from '../../../src/report/reporter.ts';
import { reveal, Secret } from '../../../src/secret.ts';
import { runStage, type StageOptions } from '../../../src/workflows/stage.ts';
import { FakeHost } from '../../fakes/host.ts';
import { Killed, power } from '../../fakes/power.ts';
import { target } from './target.ts';

const seen = (text: string): SeenFile => ({
  type: 'file',
  mode: 0o644,
  owner: 'root:root',
  modified: 1,
  content: Buffer.from(text),
});
const absent: SeenFile = { type: 'absent', mode: 0, owner: '', modified: 0 };
const observed = (files: Readonly<Record<string, SeenFile>>): Observed => ({
  ...nothingObserved,
  files: new Map(Object.entries(files)),
});
const write = (path: string, content: string, more: object = {}): Change => ({
  kind: 'file',
  path,
  content,
  mode: 0o644,
  ...more,
});
const edit = (path: string, content: string) => write(path, content, { edit: true });

function changesWith(changes: readonly Change[], files: Readonly<Record<string, SeenFile>>, journal = preparation) {
  const decided = changes.map((change) => ({ phase: 'p', change }));
  return journaled(decided, observed(files), journal).map(({ change }) => change);
}

function recordOf(changes: readonly Change[], files: Readonly<Record<string, SeenFile>>): string {
  const record = changesWith(changes, files).find((change) => change.kind === 'file' && change.path === undoRecord);
  return record?.kind === 'file' ? reveal(record.content) : '';
}

describe('the journal of what a stage changes', () => {
  it('stands before the changes, and shows itself to nobody', () => {
    const change = write('/a', 'new');
    const all = changesWith([change], { '/a': absent });
    expect(all).toEqual([expect.objectContaining({ kind: 'file', path: undoRecord, mode: 0o600 }), change]);
    expect(all[0]?.kind === 'file' && all[0].content).toBeInstanceOf(Secret);
  });

  it('has copies made of what is there, before the record that names them and in a folder for root alone', () => {
    const change = write('/a', 'new');
    expect(changesWith([change], { '/a': seen('old') })).toMatchObject([
      { kind: 'directory', path: journalFolder, mode: 0o700 },
      { kind: 'copy', from: '/a', to: `${journalFolder}/preparation/0`, follow: true },
      { kind: 'file', path: undoRecord },
      change,
    ]);
    expect(recordOf([change], { '/a': seen('old') })).not.toContain('old');
  });

  it('is not written where nothing changes', () => {
    expect(changesWith([], {})).toEqual([]);
    expect(changesWith([{ kind: 'note', text: 'n' }], {})).toEqual([{ kind: 'note', text: 'n' }]);
  });

  const before = { content: 'a\n', mode: 0o644, owner: 'root:root' };
  it.each<[string, Change, readonly UndoEntry[]]>([
    ['a new file', write('/absent', 'x'), [{ kind: 'file', path: '/absent', before: null }]],
    ['an edited file', edit('/there', 'a\nb\n'), [{ kind: 'file', path: '/there', before, after: 'a\nb\n' }]],
    [
      'a file that is replaced, whatever its bytes',
      write('/binary', 'x'),
      [{ kind: 'kept', path: '/binary', follow: true, at: `${journalFolder}/preparation/0` }],
    ],
    [
      'a path that goes',
      { kind: 'absent', path: '/there' },
      [{ kind: 'kept', path: '/there', at: `${journalFolder}/preparation/0` }],
    ],
    ['a path that is not there', { kind: 'absent', path: '/absent', transient: true }, []],
    ['a directory', { kind: 'directory', path: '/d', mode: 0o700 }, [{ kind: 'directory', path: '/d' }]],
    [
      'a command that says what undoes it',
      { kind: 'command', argv: ['swapoff', '-a'], undo: ['swapon', '/dev/sda2'] },
      [{ kind: 'command', argv: ['swapon', '/dev/sda2'] }],
    ],
    [
      'a command that rewrites files',
      { kind: 'command', argv: ['x'], rewrites: ['/absent', '/there'] },
      [
        { kind: 'file', path: '/absent', before: null },
        { kind: 'kept', path: '/there', follow: true, at: `${journalFolder}/preparation/1` },
      ],
    ],
    ['a command', { kind: 'command', argv: ['true'] }, []],
    [
      'a service',
      { kind: 'service', name: 'chronyd', state: 'running', enabled: true },
      [{ kind: 'service', name: 'chronyd', active: false, enabled: false }],
    ],
  ])('keeps what undoes %s', (_, change, entries) => {
    const binary = { ...seen(''), content: Buffer.from([0xff, 0xfe, 0]) };
    const record = recordOf([change], { '/absent': absent, '/there': seen('a\n'), '/binary': binary });
    expect(record === '' ? [] : parseJournal(record)).toEqual(entries);
  });

  it('keeps how a file was at first, and how kinit left it last', () => {
    const first = recordOf([edit('/a', 'one')], { '/a': seen('zero') });
    const second = recordOf([edit('/a', 'two')], { '/a': seen('one'), [undoRecord]: seen(first) });
    expect(parseJournal(second)).toMatchObject([{ before: { content: 'zero' }, after: 'two' }]);
  });

  it('keeps the first copy, and gives the next one another place', () => {
    const first = recordOf([write('/a', 'one')], { '/a': seen('zero') });
    const files = { '/a': seen('one'), '/b': seen('b'), [undoRecord]: seen(first) };
    const copies = changesWith([write('/a', 'two'), write('/b', 'two')], files).filter(({ kind }) => kind === 'copy');
    expect(copies).toMatchObject([{ from: '/b', to: `${journalFolder}/preparation/1` }]);
  });

  it('goes on from a record of v0.1.0, which held the texts of files itself', () => {
    const old: UndoEntry = { kind: 'file', path: '/a', before };
    const record = seen(JSON.stringify({ version: 1, entries: [old] }));
    const files = { '/a': seen('one'), '/b': seen('b'), [undoRecord]: record };
    expect(parseJournal(recordOf([write('/a', 'two'), write('/b', 'two')], files))).toEqual([
      old,
      { kind: 'kept', path: '/b', follow: true, at: `${journalFolder}/preparation/1` },
    ]);
  });

  it.each([
    '{"entries": [',
    '{"entries": {}}',
    '{"entries": [null]}',
    '{"entries": [{"kind": "other", "path": "/a"}]}',
    '{"entries": [{"kind": "toString"}]}',
    '{"entries": [{"kind": "file", "path": "/a"}]}',
    '{"entries": [{"kind": "file", "path": "/a", "before": {"content": 1, "mode": 420, "owner": "root:root"}}]}',
    '{"entries": [{"kind": "kept", "path": "/a"}]}',
    '{"entries": [{"kind": "directory", "path": ["/"]}]}',
    '{"entries": [{"kind": "service", "name": "kubelet", "active": "yes", "enabled": true}]}',
    '{"entries": [{"kind": "command", "argv": "reboot"}]}',
    '{"entries": [{"kind": "command", "argv": []}]}',
    '{"entries": [{"kind": "cordoned", "node": 1}]}',
  ])('says so when it is damaged, rather than undo half of it: %s', (text) => {
    expect(() => parseJournal(text)).toThrow(`${undoRecord} is damaged`);
  });
});

/** A machine on which every operation costs power. */
class Machine extends FakeHost {
  current = power();

  override async perform(operations: readonly Operation[]) {
    const results = [];
    for (const [index, operation] of operations.entries()) {
      this.current.spend();
      const [result] = await super.perform([operation]);
      results.push({ ...result!, index });
      if (result?.code !== 0) break;
    }
    return results;
  }

  /** Path -> type, mode, owner and bytes of all that is not kinit's. */
  get state() {
    const own = (path: string) => path.startsWith('/var');
    return Object.fromEntries(
      [...this.entries]
        .filter(([path]) => !own(path))
        .map(([path, entry]) => [path, { ...entry, modified: 0 }])
        .sort(([a], [b]) => String(a).localeCompare(String(b))),
    );
  }

  get journals() {
    return [...this.entries.keys()].filter((path) => path.startsWith(`${journalFolder}/`));
  }
}

const bytes = Buffer.from([0xff, 0, 0xfe, 10]);

async function machine() {
  const made = new Machine({
    commands: { fails: { code: 1, stderr: 'no' }, systemctl: {}, 'sh -c': {} },
    services: { kubelet: { active: true, enabled: true } },
  });
  await made.write([
    { path: '/etc/kubernetes/manifests/etcd.yaml', content: bytes, mode: 0o600, owner: 'etcd:etcd' },
    { path: '/etc/kubernetes/pki/ca.key', content: new Secret('s3cret'), mode: 0o600 },
    { path: '/data/member/wal', content: bytes, mode: 0o640 },
    { path: '/data/member/snap/1', content: 'one', mode: 0o600 },
  ]);
  return made;
}

const upgrade = passingJournal('upgrade');
const reads: Reads = {
  files: ['/etc/kubernetes/manifests/etcd.yaml', '/etc/kubernetes/pki/ca.key', '/etc/new'],
  paths: ['/data'],
  services: ['kubelet'],
};
const steps: readonly Change[] = [
  write('/etc/kubernetes/manifests/etcd.yaml', 'next'),
  write('/etc/kubernetes/pki/ca.key', 'next', { content: new Secret('next'), mode: 0o640 }),
  { kind: 'absent', path: '/data' },
  write('/etc/new', 'new'),
  { kind: 'service', name: 'kubelet', state: 'running', restartFor: ['/etc/new'] },
];
const failing: Change = { kind: 'command', argv: ['fails'] };

function phaseOf(changes: readonly Change[]): Phase<object> {
  return { name: 'upgrade', title: 'Upgraded', reads: () => reads, desired: () => changes };
}

async function run(host: Machine, changes: readonly Change[], options: StageOptions = { journal: upgrade }) {
  const told: ReportEvent[] = [];
  const reporter = { report: (event: ReportEvent) => void told.push(event), end: () => {} };
  const at = target({ host, reporter });
  const error: unknown = await runStage([phaseOf(changes)], {}, at, {}, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const texts = told.flatMap((event) => ('text' in event ? [event.text] : []));
  return { error, texts, at };
}

/** How many operations the stage takes, and what it makes of the machine. */
async function whole() {
  const host = await machine();
  expect((await run(host, steps)).error).toBeUndefined();
  return { state: host.state, operations: host.current.spent, journals: host.journals };
}

describe('a stage that keeps a journal of its own', () => {
  it('leaves none behind when it is done', async () => {
    expect((await whole()).journals).toEqual([]);
  });

  it('never has the content of what is kept travel', async () => {
    const host = await machine();
    const sent: Operation[] = [];
    const perform = host.perform.bind(host);
    host.perform = (operations) => {
      sent.push(...operations);
      return perform(operations);
    };
    await run(host, steps);
    expect(
      sent
        .flatMap((one) => (one.op === 'write' ? [one.file.content] : []))
        .map(String)
        .join(),
    ).not.toContain('s3cret');
    expect(sent.some((one) => one.op === 'copy' && one.from === '/etc/kubernetes/pki/ca.key')).toBe(true);
  });

  it('is whole after a run again, wherever it was killed, which says that it goes on', async () => {
    const { state, operations } = await whole();
    expect(operations).toBeGreaterThan(10);
    for (let after = 0; after < operations; after++) {
      const host = await machine();
      host.current = power(after);
      expect((await run(host, steps)).error, `killed after ${after}`).toBeInstanceOf(Killed);
      host.current = power();
      const isHalf = host.entries.has(upgrade.record);
      const { error, texts } = await run(host, steps);
      expect([error, host.state, host.entries.has(upgrade.record)], `killed after ${after}`).toEqual([
        undefined,
        state,
        false,
      ]);
      expect(
        texts.some((text) => text.includes('stopped half-way')),
        `killed after ${after}`,
      ).toBe(isHalf);
    }
  });

  it('is brought back with bytes, modes and owners, wherever it was killed, and wherever that was killed', async () => {
    const { operations, state: done } = await whole();
    const before = (await machine()).state;
    for (let after = 0; after < operations; after++) {
      for (let undoing = 0, isBack = false; !isBack; undoing++) {
        // Bringing back takes a few operations for each that was made.
        expect(undoing, `killed after ${after}`).toBeLessThan(10 * operations);
        const host = await machine();
        host.current = power(after);
        const { at } = await run(host, steps);
        if (!host.entries.has(upgrade.record)) {
          // Nothing is changed yet, or all is.
          expect([before, done], `killed after ${after}`).toContainEqual(host.state);
          break;
        }
        host.current = power(undoing);
        isBack = await bringBack(upgrade, at);
        host.current = power();
        if (!isBack) await bringBack(upgrade, at);
        expect(host.state, `killed after ${after}, then after ${undoing}`).toEqual(before);
      }
    }
  });

  it('is undone at once where one of its changes fails and it asks for that', async () => {
    const host = await machine();
    const before = host.state;
    const { error, texts } = await run(host, [...steps, failing], { journal: upgrade, undoOnFailure: true });
    expect(error).toMatchObject({ message: expect.stringContaining('`fails` failed with exit code 1') });
    expect([host.state, host.journals]).toEqual([before, []]);
    expect(texts.at(-1)).toBe('[undo-upgrade] What was changed is as it was before');
  });

  it('undoes what an earlier run did too', async () => {
    const host = await machine();
    const before = host.state;
    host.current = power((await whole()).operations - 4);
    expect((await run(host, steps)).error).toBeInstanceOf(Killed);
    expect(host.state).not.toEqual(before);
    host.current = power();
    await run(host, [...steps, failing], { journal: upgrade, undoOnFailure: true });
    expect([host.state, host.journals]).toEqual([before, []]);
  });

  it('stays as it is where it does not ask for that, its journal too', async () => {
    const host = await machine();
    await run(host, [...steps, failing]);
    expect(host.text('/etc/new')).toBe('new');
    const { files } = await host.observe({ files: [...(journalReads(upgrade).files ?? [])] });
    expect(entriesOf(upgrade, { ...nothingObserved, files })).toHaveLength(5);
  });
});

it('a copy says what it is in words, plans and scripts', () => {
  const change: Change = { kind: 'copy', from: '/a b', to: '/k/1', follow: true };
  const { words, entries, script } = kindOf(change);
  expect([words(change), entries(change, undefined), script(change, 0)]).toEqual([
    'copying /a b to /k/1',
    [{ action: 'create', what: '/k/1 (a copy of /a b)' }],
    ['mkdir -p /k', "cp -a -H -T '/a b' /k/1"],
  ]);
});
