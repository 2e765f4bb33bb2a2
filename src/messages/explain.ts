import { packageText } from '../package-files.ts';
import { parseYaml } from '../yaml.ts';
import { catalogOf, catalogParts } from './catalog.ts';
import type { Language } from './language.ts';
import { namedNumbers, topics } from './names.ts';

/** Why something is said, how to look closer, and how to mend it. */
export interface Told {
  readonly cause: string;
  readonly look: string;
  readonly mend: string;
}

/** What there is to know of a code. */
export interface Explanation {
  readonly code: string;
  /** Of a check, a finding or a way to end: the name. */
  readonly name?: string;
  /** Of a sentence: it itself, with names in braces for what is put in. */
  readonly message?: Readonly<Record<Language, string>>;
  readonly told?: Readonly<Record<Language, Told>>;
}

/** Explains `KINIT-4014`, `4014` or `Swap`, in letters of either case; undefined where nothing has that code or name. */
export async function explanationOf(asked: string): Promise<Explanation | undefined> {
  const number = numberOf(asked);
  if (number === undefined) return undefined;
  const code = `KINIT-${number}`;
  const name = [...namedNumbers].find(([, own]) => own === number)?.[0];
  if (name !== undefined) {
    const told = (await explanations(['kinds', 'checks', 'findings'])).get(name);
    return { code, name, ...(told === undefined ? {} : { told }) };
  }
  const message = (await catalogOf(catalogParts)).messages.find((one) => one.code === code);
  if (message === undefined) return undefined;
  const topic = topicOf(number);
  const told = topic === undefined ? undefined : (await explanations(['topics'])).get(topic);
  return {
    code,
    message: { en: message.english, zh: message.chinese },
    ...(told === undefined ? {} : { told }),
  };
}

/** What is told under each name of these files below templates/messages/explain/. */
export async function explanations(
  files: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Record<Language, Told>>>> {
  const all = await Promise.all(
    files.map(async (file) => {
      const path = `templates/messages/explain/${file}.yaml`;
      const [document] = parseYaml(await packageText(path), path);
      return Object.entries(document?.value as Readonly<Record<string, Readonly<Record<Language, Told>>>>);
    }),
  );
  return new Map(all.flat());
}

function numberOf(asked: string): number | undefined {
  const [, digits] = /^(?:kinit-)?(\d{4})$/i.exec(asked) ?? [];
  return digits === undefined ? (numberNamed(asked) ?? numberNamed(asked.split('-')[0] ?? '')) : Number(digits);
}

function numberNamed(name: string): number | undefined {
  return [...namedNumbers].find(([own]) => own.toLowerCase() === name.toLowerCase())?.[1];
}

/** Sentences of errors have their topic by their number. */
function topicOf(number: number): string | undefined {
  return number >= 4000 ? undefined : topics.findLast(([, first]) => first <= number)?.[0];
}
