import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of a page, and the comment right before it: how it was run, or what it is a part of. */
export interface Block {
  /** `README.md:17` */
  readonly place: string;
  readonly language: string;
  readonly text: string;
  readonly marker: string | undefined;
}

export const root = join(import.meta.dirname, '..', '..', '..');

/** The pages that people read, with their text. */
export function pages(): ReadonlyMap<string, string> {
  const readmes = readdirSync(root).filter((name) => /^README.*\.md$/.test(name));
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`);
  return new Map([...readmes, ...docs].map((path) => [path, readFileSync(join(root, path), 'utf8')] as const));
}

/** Every fenced block of a page. */
export function blocksOf(path: string, page: string): readonly Block[] {
  const fenced = /(?:^<!-- ((?:run|not run|file|part of):[^\n]*) -->\n+)?^```(\w*)\n(.*?)^```$/gms;
  return [...page.matchAll(fenced)].map(({ 0: whole, 1: marker, 2: language = '', 3: text = '', index }) => {
    const line = page.slice(0, index + whole.indexOf('```')).split('\n').length;
    return { place: `${path}:${line}`, language, text, marker };
  });
}

/** The command lines of a block of shell, as words: continued lines joined, comments, redirections and pipes cut off. */
export function commandsOf(shell: string): readonly (readonly string[])[] {
  return shell
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap((line) => line.replace(/(?:^|\s)#.*/, '').split(/ && | \|\| | \| |; /))
    .map((command) =>
      [...command.replace(/ >>? .*/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
        ([, one, two, three]) => one ?? two ?? three ?? '',
      ),
    )
    .filter((words) => words.length > 0);
}

/** The argument list where the words run kinit, by whichever of its names. */
export function kinitArguments(words: readonly string[]): readonly string[] | undefined {
  const at = words.findIndex((word) => /^(?:kinit|kinitctl|(?:.*\/)?bin\/kinit\.js)$/.test(word));
  const isProgram = at === 0 || (at > 0 && ['node', '--', 'sudo'].includes(words[at - 1] ?? ''));
  return isProgram ? words.slice(at + 1) : undefined;
}
