import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Io } from '../../../src/commands/io.ts';
import { programFor } from '../../../src/commands/program.ts';
import { kinit } from '../../command-line.ts';
import { type Block, blocksOf, commandsOf, kinitArguments, pages, root } from './page.ts';

const all = pages();
const blocks = [...all].flatMap(([path, page]) => blocksOf(path, page));
const shell = blocks.filter(({ language }) => language === 'sh');
const yaml = blocks.filter(({ language }) => language === 'yaml');

/** What would be done is known by then; `parsed` is thrown in its place. */
const parsed = new Error('parsed');

/** Why commander would refuse the command line; undefined where it would run it. */
async function refusal(argv: readonly string[]): Promise<string | undefined> {
  let told = '';
  const write = (text: string) => {
    told += text;
  };
  const io = { stdout: { write }, stderr: { write }, result: () => {} } as unknown as Io;
  try {
    const program = await programFor(argv, io, () => {});
    await program
      .hook('preAction', () => {
        throw parsed;
      })
      .parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    return thrown === parsed ? undefined : told || String(thrown);
  }
  return 'no such command';
}

describe('every command of README and docs', () => {
  it.each(shell.map((block) => [block.place, block]))(
    '%s is one that kinit takes, with these flags',
    async (_, block) => {
      for (const words of commandsOf(block.text)) {
        const argv = kinitArguments(words);
        if (argv !== undefined) expect(await refusal(argv), argv.join(' ')).toBeUndefined();
      }
    },
  );

  it('is one that kinit takes within a sentence, too', async () => {
    const written = [...all].filter(([path]) => !path.startsWith('docs/reference/'));
    const named = written.flatMap(([, page]) => [...page.matchAll(/`((?:kinit|kinitctl) [a-z][^`]*)`/g)]);
    const wrong = await Promise.all(
      named.map(async ([, line = '']) => {
        // A phase of any name; what a command wants besides is not said in every sentence.
        const words = (commandsOf(line)[0] ?? []).filter((word) => word !== 'NAME');
        const told = (await refusal(words.slice(1))) ?? '';
        return /unknown (command|option)|too many|no such/.test(told) ? [`${line}: ${told}`] : [];
      }),
    );
    expect(wrong.flat()).toEqual([]);
  });

  it('is refused here where a word or a flag of it is none', async () => {
    expect(await refusal(['etcd', 'snapshot', 'sav'])).toContain('unknown command');
    expect(await refusal(['up', '--confg', 'cluster.yaml'])).toContain("unknown option '--confg'");
  });

  it('that npm runs is a script of the package', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...all.values()].flatMap((page) => [...page.matchAll(/\bnpm run (?:--silent )?([\w:]+)/g)]);
    for (const [, name = ''] of named) expect(scripts).toHaveProperty([name]);
  });
});

/** What a block says of how it was run: the files of tests, what of it they do not run, or why nothing of it is run. */
function howRun({ marker = '' }: Block) {
  const { files = '', but = '' } = /^run: (?<files>.*?)(?:; not run: (?<but>.*))?$/.exec(marker)?.groups ?? {};
  const list = (text: string) => text.split(',').flatMap((item) => item.trim() || []);
  return { files: list(files), but: list(but), reason: /^not run: (.+)/.exec(marker)?.[1] };
}

/** The text of a test's file, and of all that it imports from test/. */
function textOf(path: string, seen = new Set<string>()): string {
  if (seen.has(path) || !path.startsWith('test/')) return '';
  seen.add(path);
  const text = readFileSync(join(root, path), 'utf8');
  const imported = [...text.matchAll(/from '(\.[^']+\.ts)'/g)].map(([, file = '']) => join(dirname(path), file));
  return [text, ...imported.map((file) => textOf(file, seen))].join('\n');
}

/** The words of a command line that name what it does: commands and long flags. */
async function telling(argv: readonly string[]): Promise<readonly string[]> {
  const program = await programFor(argv, {} as Io, () => {});
  const names: string[] = [];
  let at = program;
  for (const word of argv) {
    const child = at.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (child === undefined) break;
    names.push(word);
    at = child as typeof at;
  }
  return [...names, ...argv.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*/, ''))];
}

/** Whether a test has the word among the arguments of a command; some have flags without their dashes, as quoted keys. */
function isIn(text: string, word: string): boolean {
  const key = word.startsWith('--') ? `|'${word.slice(2)}'` : '';
  return new RegExp(`['"\` ]${word}(?=['"\`=,: ]|$)${key}`, 'm').test(text);
}

const byTests = shell.filter((block) => howRun(block).files.some((file) => file.includes('/')));

describe('every block of commands', () => {
  it('says which tests run it, or why none does', () => {
    const silent = shell.filter((block) => howRun(block).files.length === 0 && howRun(block).reason === undefined);
    expect(silent.map(({ place }) => place)).toEqual([]);
  });

  it.each(byTests.map((block) => [block.place, block]))('%s is run by the tests that it names', async (_, block) => {
    const { files, but } = howRun(block);
    for (const file of files) expect(existsSync(join(root, file)), file).toBe(true);
    const text = files.map((file) => textOf(file)).join('\n');
    const words = await Promise.all(commandsOf(block.text).map((each) => telling(kinitArguments(each) ?? [])));
    const missing = words.flat().filter((word) => !isIn(text, word));
    expect([...new Set(missing)].sort(), files.join(', ')).toEqual([...but].sort());
  });
});

describe('what a page shows to be typed', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kinit-docs-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const here = shell.filter((block) => howRun(block).files.includes('here'));
  it.each(here.map((block) => [block.place, block]))('%s runs', async (_, block) => {
    const [path = ''] = block.place.split(':');
    for (const { marker, text } of blocksOf(path, all.get(path) ?? ''))
      if (marker?.startsWith('file: ')) await writeFile(join(folder, marker.slice('file: '.length)), text);
    for (const words of commandsOf(block.text)) {
      const { code, err } = await kinit(kinitArguments(words) ?? [], { cwd: folder });
      expect(code, `${words.join(' ')}\n${err}`).toBe(0);
    }
  });

  it.each(yaml.map((block) => [block.place, block]))('%s is a valid configuration', async (_, block) => {
    const file = join(folder, 'validated.yaml');
    await writeFile(file, block.marker === 'part of: Inventory' ? anInventory + block.text : block.text);
    expect(await kinit(['config', 'validate', '--config', file])).toEqual({ code: 0, out: 'ok\n', err: '' });
  });
});

const anInventory = `apiVersion: kinit.dev/v1alpha1
kind: Inventory
hosts:
  - { name: master, address: 192.168.1.11, role: control-plane }
`;

/** What GitHub makes of a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function anchorsOf(page: string): readonly string[] {
  return [...page.replaceAll(/^```.*?^```$/gms, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading));
}

describe('every link', () => {
  const others = ['ARCHITECTURE.md', 'test/lab/README.md'];
  const linked = new Map([...all, ...others.map((path) => [path, readFileSync(join(root, path), 'utf8')] as const)]);

  it.each([...linked])('of %s leads to a file, and to a heading that it has', (path, page) => {
    const targets = [...page.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)].map(
      ([, one, two]) => one ?? two ?? '',
    );
    for (const target of targets.filter((one) => !/^https?:/.test(one))) {
      const [file = '', heading] = target.split('#');
      const to = file === '' ? path : join(dirname(path), file);
      expect(existsSync(join(root, to)), target).toBe(true);
      if (heading !== undefined) expect(anchorsOf(readFileSync(join(root, to), 'utf8')), target).toContain(heading);
    }
  });

  it('of docs/README.md and README.md together reaches every page', () => {
    const reached = new Set(
      ['README.md', 'docs/README.md', 'docs/reference/commands/README.md'].flatMap((path) =>
        [...(all.get(path) ?? '').matchAll(/\]\(([^)#\s]+)/g)].map(([, file = '']) => join(dirname(path), file)),
      ),
    );
    const docs = [...all.keys()].filter((path) => path.startsWith('docs/'));
    expect(docs.filter((path) => !reached.has(path))).toEqual([]);
  });
});
