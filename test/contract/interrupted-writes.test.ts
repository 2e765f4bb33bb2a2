import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileWrite, Operation } from '../../src/host/host.ts';
import { localHost } from '../../src/host/local-host.ts';
import { operationScript } from '../../src/host/shell/operation-script.ts';

const path = process.env['PATH'] ?? '';
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'kinit-interrupted-'));
  await mkdir(join(home, 'bin'));
  process.env['PATH'] = `${join(home, 'bin')}:${path}`;
});
afterEach(async () => {
  process.env['PATH'] = path;
  await rm(home, { recursive: true });
});

const at = (name: string) => join(home, name);

/** Stands before a program of the host's: `body` runs with $real, the program, and $calls, how often it was called. */
async function instead(program: string, body: string): Promise<void> {
  const counter = at(`${program}.calls`);
  const script = `#!/bin/sh
calls=$(($(cat ${counter} 2>/dev/null || echo 0) + 1)); echo $calls >${counter}
real=$(PATH="${path}" command -v ${program})
${body}
exec "$real" "$@"
`;
  await writeFile(at(`bin/${program}`), script);
  await chmod(at(`bin/${program}`), 0o755);
}

const files = (generation: string): readonly FileWrite[] => [
  { path: at('pki/ca.crt'), content: `ca ${generation}`, mode: 0o644 },
  { path: at('pki/apiserver.key'), content: `key ${generation}`, mode: 0o600 },
  { path: at('pki/apiserver.crt'), content: `certificate ${generation}`, mode: 0o644 },
  { path: at('manifests/etcd.yaml'), content: `pod ${generation}`, mode: 0o600 },
];

const writes = (generation: string): readonly Operation[] =>
  files(generation).map((file): Operation => ({ op: 'write', file }));

/** Which generation each file is of. */
async function generations(): Promise<readonly string[]> {
  return Promise.all(
    files('').map(async ({ path: place, content }) => {
      const text = await readFile(place, 'utf8');
      expect(text.startsWith(String(content))).toBe(true);
      return text.slice(String(content).length);
    }),
  );
}

async function temporaries(): Promise<readonly string[]> {
  const there = await readdir(home, { recursive: true });
  return there.filter((name) => name.includes('.kinit-'));
}

const killed = 'kill -9 "$PPID"; sleep 0.2';

describe('a write that is killed', () => {
  const moments = [
    ...[1, 2, 3, 4].map((call) => ['head', call] as const),
    ...[1, 2, 3, 4].map((call) => ['chmod', call] as const),
    ...[1, 2].map((call) => ['mkdir', call + 1] as const),
    ...[1, 2].map((call) => ['sync', call] as const),
    ...[1, 2].map((call) => ['mv', call] as const),
  ];

  it.each(moments)(
    'leaves whole files and pairs that match, and nothing once it has run again: at %s %i',
    async (program, call) => {
      await localHost().write(files('one'));
      await instead(program, `[ $calls != ${call} ] || { ${killed}; exit 1; }`);
      await expect(localHost().write(files('two'))).rejects.toThrow();
      const between = await generations();
      expect(between.every((generation) => generation === 'one' || generation === 'two')).toBe(true);
      expect(between[2]).toBe(between[1]);
      await rm(at(`bin/${program}`));
      await localHost().write(files('two'));
      expect(await generations()).toEqual(['two', 'two', 'two', 'two']);
      expect(await temporaries()).toEqual([]);
    },
  );

  it('keeps the scratch of those that still run', async () => {
    await mkdir(at('pki'));
    // Others run beside this one: its own scratch is the one that names its process.
    const [result] = await localHost().perform([
      {
        op: 'run',
        argv: [
          'sh',
          '-c',
          'until grep -lsx "$PPID" /run/.kinit-*/pid /dev/shm/.kinit-*/pid /tmp/.kinit-*/pid | grep .; do :; done',
        ],
      },
    ]);
    const own = /\.kinit-([0-9a-f]+)/.exec(result?.stdout ?? '')?.[1] ?? '';
    expect(own).not.toBe('');
    await mkdir(at(`pki/.kinit-${own}`));
    await localHost().write(files('one'));
    // The call has ended by now: what it has left is nobody's.
    expect(await temporaries()).toEqual([]);
    const running = localHost().perform([
      { op: 'run', argv: ['sh', '-c', 'until [ -e "$1" ]; do sleep 0.1; done', 'sh', at('go')] },
    ]);
    const scratch = await found(own);
    await mkdir(at(`pki/${scratch}`));
    await localHost().write(files('two'));
    expect(await temporaries()).toEqual([`pki/${scratch}`]);
    await writeFile(at('go'), '');
    await running;
  });
});

describe('what a call was given and what it printed', () => {
  const before = process.env['TMPDIR'];
  beforeEach(async () => {
    process.env['TMPDIR'] = at('tmp');
    await mkdir(at('tmp'));
  });
  afterEach(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });

  async function scratch(name: string, self: string): Promise<void> {
    await mkdir(at(`tmp/${name}`));
    await writeFile(at(`tmp/${name}/self`), self);
    await writeFile(at(`tmp/${name}/in`), 's3cret');
  }

  it('goes with the next call where that one was killed, and stays where it still runs or has just begun', async () => {
    const stat = await readFile('/proc/self/stat', 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    await scratch('.kinit-dead', '4194305 1\n');
    await scratch('.kinit-another', `${process.pid} 1\n`);
    await scratch('.kinit-running', `${process.pid} ${started}\n`);
    await scratch('.kinit-begun', '');
    await localHost().run(['true']);
    expect((await readdir(at('tmp'))).sort()).toEqual(['.kinit-begun', '.kinit-running']);
  });

  it('is looked for in no folder that somebody else may have put there', async () => {
    await mkdir(at('other'));
    await writeFile(at('other/self'), '4194305 1\n');
    await symlink(at('other'), at('tmp/.kinit-link'));
    await mkdir(at('tmp/.kinit-pipe'));
    spawnSync('mkfifo', [at('tmp/.kinit-pipe/self')]);
    // Whoever reads it waits for ever.
    await mkdir(at('pki'));
    await mkdir(at('pki/.kinit-foreign'));
    await mkdir(at('foreign'));
    spawnSync('mkfifo', [at('foreign/self')]);
    await symlink(at('foreign'), at('tmp/.kinit-foreign'));
    await localHost().write(files('one'));
    expect((await readdir(at('tmp'))).sort()).toEqual(['.kinit-foreign', '.kinit-link', '.kinit-pipe']);
    expect(await readdir(at('other'))).toEqual(['self']);
    expect(await temporaries()).not.toContain('pki/.kinit-foreign');
  });
});

/** The scratch folder of a call that runs now, other than `not`. */
async function found(not: string): Promise<string> {
  for (;;) {
    const [result] = await localHost().perform([
      {
        op: 'run',
        argv: [
          'sh',
          '-c',
          `for base in /run /dev/shm /tmp; do grep -l . "$base"/.kinit-*/pid 2>/dev/null; done; echo "$PPID"`,
        ],
      },
    ]);
    const names = [...(result?.stdout ?? '').matchAll(/\.kinit-([0-9a-f]+)/g)].map(([name]) => name);
    for (const name of names) {
      const commands = await readFile(`/run/${name}/pid`, 'utf8').catch(() => '');
      const line = await readFile(`/proc/${commands.trim()}/cmdline`, 'utf8').catch(() => '');
      if (!name.endsWith(not) && line.includes(at('go'))) return name;
    }
  }
}

describe('a command whose input a killed kinit has sent in part', () => {
  const input = 'one\ntwo\n';
  const operations: readonly Operation[] = [
    { op: 'run', argv: ['sh', '-c', 'echo run >"$1"; cat >>"$1"', 'sh', 'RAN'], stdin: input },
    { op: 'run', argv: ['touch', 'AFTER'] },
  ];
  const placed = () =>
    operations.map((operation): Operation => {
      if (operation.op !== 'run') return operation;
      return { ...operation, argv: operation.argv.map((word) => word.replace(/^(RAN|AFTER)$/, at('$1'))) };
    });

  it.each([0, 1, input.length - 1])('does not run, nor does what follows it: %i bytes', (sent) => {
    const script = operationScript('cafe', placed());
    const { stdout } = spawnSync('sh', ['-c', script], { input: input.slice(0, sent), encoding: 'utf8' });
    expect(existsSync(at('RAN'))).toBe(false);
    expect(existsSync(at('AFTER'))).toBe(false);
    const [, , code, , , why = ''] = (/^result.*$/m.exec(stdout)?.[0] ?? '').split('|');
    expect(code).toBe('1');
    expect(Buffer.from(why, 'base64').toString()).toBe('the content ended before its 8 bytes\n');
  });

  it('runs with all of it', async () => {
    const results = await localHost().perform(placed());
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(await readFile(at('RAN'), 'utf8')).toBe(`run\n${input}`);
    expect(existsSync(at('AFTER'))).toBe(true);
  });
});

describe('files that are written together', () => {
  it('are on the disk before any has its name, and those of a folder get theirs by one process', async () => {
    const log = at('log');
    await instead('sync', `echo "sync $*" >>${log}`);
    await instead('mv', `echo "mv $*" >>${log}`);
    const results = await localHost().perform(writes('one'));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^sync \S+ca\.crt \S+apiserver\.key \S+apiserver\.crt \S+etcd\.yaml$/);
    expect(lines[1]).toMatch(/^mv \S+ \S+ \S+\/pki\/ \S+ca\.crt \S+apiserver\.key \S+apiserver\.crt$/);
    expect(lines[2]).toMatch(/^mv .*etcd\.yaml$/);
    expect(lines[3]).toBe(`sync ${at('pki')} ${at('manifests')}`);
  });

  it('fail together where the disk does not take them', async () => {
    await instead('sync', 'echo "sync: error syncing: Input/output error" >&2; exit 1');
    const results = await localHost().perform(writes('one'));
    expect(results.at(-1)?.code).not.toBe(0);
    expect(results.at(-1)?.stderr).toContain('Input/output error');
    expect(await readdir(at('pki'))).toEqual([]);
  });

  it('are written where sync knows no names, as before coreutils 8.24', async () => {
    await instead('sync', 'echo "sync: ignoring all arguments" >&2; exit 0');
    await localHost().write(files('one'));
    expect(await generations()).toEqual(['one', 'one', 'one', 'one']);
  });

  it('are there before the command that follows, and the last of two for one file counts', async () => {
    const file = (content: string): Operation => ({
      op: 'write',
      file: { path: at('twice'), content, mode: 0o644 },
    });
    const results = await localHost().perform([
      file('first'),
      file('second'),
      { op: 'run', argv: ['cat', at('twice')] },
      file('third'),
    ]);
    expect(results.map(({ index, code }) => [index, code])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    expect(results[2]?.stdout).toBe('second');
    expect(await readFile(at('twice'), 'utf8')).toBe('third');
  });

  it.each([
    ['a link that leads to itself', 'loop'],
    ['a folder that is a file', 'file/below'],
  ])('name one that cannot be: %s', async (_, name) => {
    await symlink(at('loop'), at('loop'));
    await writeFile(at('file'), '');
    const results = await localHost().perform([
      { op: 'write', file: { path: at('whole'), content: 'x', mode: 0o644 } },
      { op: 'write', file: { path: at(name), content: 'x', mode: 0o644 } },
    ]);
    expect(results.map(({ index, code }) => [index, code === 0])).toEqual([
      [0, true],
      [1, false],
    ]);
    expect(results[1]?.stderr).not.toBe('');
    expect(await temporaries()).toEqual([]);
  });

  it('stay where one after them cannot be written, which is named with its reason', async () => {
    await mkdir(at('taken'));
    const results = await localHost().perform([
      { op: 'write', file: { path: at('whole'), content: 'x', mode: 0o644 } },
      { op: 'write', file: { path: at('taken'), content: 'x', mode: 0o644 } },
      { op: 'write', file: { path: at('never'), content: 'x', mode: 0o644 } },
    ]);
    expect(results.slice(0, 1).map(({ code }) => code)).toEqual([0]);
    expect(results.at(-1)).toMatchObject({ index: 1 });
    expect(results.at(-1)?.code).not.toBe(0);
    expect(results.at(-1)?.stderr).toContain('taken');
    expect(await readFile(at('whole'), 'utf8')).toBe('x');
    expect(await temporaries()).toEqual([]);
  });
});
