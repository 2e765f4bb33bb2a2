import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/execute/change.ts';
import type { UndoEntry } from '../../../src/execute/changes/undo-entry.ts';
import { nothingObserved, type Observed } from '../../../src/execute/observed.ts';
import { undoRecord } from '../../../src/execute/record-paths.ts';
import { parseUndoRecord, recorded } from '../../../src/execute/undo-record.ts';
import type { SeenFile } from '../../../src/host/host.ts';
import { reveal, Secret } from '../../../src/secret.ts';

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
const write = (path: string, content: string, edit?: true): Change => ({
  kind: 'file',
  path,
  content,
  mode: 0o644,
  ...(edit ? { edit } : {}),
});

function recordOf(changes: readonly Change[], files: Readonly<Record<string, SeenFile>>): string | undefined {
  const decided = changes.map((change) => ({ phase: 'p', change }));
  const first = recorded(decided, observed(files))[0]?.change;
  return first?.kind === 'file' && first.path === undoRecord ? reveal(first.content) : undefined;
}

describe('the record of what preparation changes', () => {
  it('stands before the changes, and shows itself to nobody', () => {
    const decided = [{ phase: 'p', change: write('/a', 'new') }];
    const [record, ...rest] = recorded(decided, observed({ '/a': seen('old') }));
    expect(record?.change).toMatchObject({ kind: 'file', path: undoRecord, mode: 0o600 });
    expect(record?.change.kind === 'file' && record.change.content).toBeInstanceOf(Secret);
    expect(rest).toEqual(decided);
  });

  it('is not written where nothing changes', () => {
    expect(recorded([], observed({}))).toEqual([]);
  });

  it('keeps files, services and the commands that undo', () => {
    const changes: readonly Change[] = [
      write('/absent', 'x'),
      write('/edited', 'a\nb\n', true),
      { kind: 'command', argv: ['swapoff', '-a'], undo: ['swapon', '/dev/sda2'] },
      { kind: 'command', argv: ['true'] },
      { kind: 'service', name: 'chronyd', state: 'running', enabled: true },
    ];
    const before = { content: 'a\n', mode: 0o644, owner: 'root:root' };
    expect(parseUndoRecord(recordOf(changes, { '/absent': absent, '/edited': seen('a\n') }) ?? '')).toEqual([
      { kind: 'file', path: '/absent', before: null },
      { kind: 'file', path: '/edited', before, after: 'a\nb\n' },
      { kind: 'command', argv: ['swapon', '/dev/sda2'] },
      { kind: 'service', name: 'chronyd', active: false, enabled: false },
    ] satisfies UndoEntry[]);
  });

  it('keeps how a file was at first, and how kinit left it last', () => {
    const first = recordOf([write('/a', 'one', true)], { '/a': seen('zero') }) ?? '';
    const second = recordOf([write('/a', 'two', true)], { '/a': seen('one'), [undoRecord]: seen(first) }) ?? '';
    expect(parseUndoRecord(second)).toMatchObject([{ before: { content: 'zero' }, after: 'two' }]);
  });

  it('says so when it is damaged, rather than undo half of it', () => {
    expect(() => parseUndoRecord('{"entries": [')).toThrow(`${undoRecord} is damaged`);
  });
});
