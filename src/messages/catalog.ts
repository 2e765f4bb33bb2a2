import { packageText } from '../package-files.ts';
import { type Pattern, patternOf, readBy } from './pattern.ts';
import { type Message, parsePo } from './po.ts';

/** The parts of the catalog, a file each below templates/messages/zh/. */
export const catalogParts = ['errors', 'preflight', 'doctor', 'help', 'results'] as const;
export type CatalogPart = (typeof catalogParts)[number];

/** A message that a text was recognized as, and what it was given. */
export interface Recognized {
  readonly message: Message;
  readonly values: ReadonlyMap<string, string>;
  /** It is meant only where all that it was given is understood. */
  readonly isLoose: boolean;
}

/** Finds the messages that a text may have been made of. */
export interface Catalog {
  readonly messages: readonly Message[];
  readonly find: (text: string) => readonly Recognized[];
}

/** The messages of these parts, read from kinit's package. */
export async function catalogOf(wanted: readonly CatalogPart[]): Promise<Catalog> {
  return catalogWith((await catalogTexts(wanted)).flatMap(parsePo));
}

/** The files of these parts, as they are. */
export async function catalogTexts(wanted: readonly CatalogPart[]): Promise<readonly string[]> {
  return Promise.all(wanted.map((part) => packageText(`templates/messages/zh/${part}.po`)));
}

const nothing: ReadonlyMap<string, string> = new Map();

/** A catalog of the messages: what has no holes is looked up, what has is recognized by its form. */
export function catalogWith(messages: readonly Message[]): Catalog {
  const whole = new Map<string, Message>();
  const forms: (readonly [Message, Pattern])[] = [];
  for (const message of messages) {
    const pattern = patternOf(message.english);
    if (pattern.holes.length === 0) whole.set(message.english, message);
    else forms.push([message, pattern]);
  }
  return {
    messages,
    find(text) {
      const same = whole.get(text);
      if (same !== undefined) return [{ message: same, values: nothing, isLoose: false }];
      return forms.flatMap(([message, pattern]) => {
        const values = readBy(pattern, text);
        return values === undefined ? [] : [{ message, values, isLoose: pattern.isLoose }];
      });
    },
  };
}
