import { KinitError } from '../../errors.ts';

/** Lines of the facts script's answer by section. */
export type Sections = ReadonlyMap<string, readonly string[]>;

/** The sections of the script's answer; throws KinitError where it is not whole (noise before it is passed over). */
export function sectionsOf(output: string): Sections {
  const lines = output.split('\n');
  const first = lines.indexOf('@facts 1');
  const last = lines.lastIndexOf('@end');
  if (first < 0 || last < first) {
    throw new KinitError('the host did not tell what it is: its answer is not whole', {
      hint: 'log in by hand and see whether the shell start-up files print something or end the session',
    });
  }
  const sections = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines.slice(first + 1, last)) {
    if (line.startsWith('@')) {
      current = [];
      sections.set(line.slice(1), current);
    } else current.push(line.startsWith(' ') ? line.slice(1) : line);
  }
  return sections;
}

/** The lines of a section that say anything; none where there is no such section. */
export function linesOf(sections: Sections, name: string): readonly string[] {
  return (sections.get(name) ?? []).filter((line) => line.trim() !== '');
}

/** `key<separator>value` lines; surrounding quotes of a value are taken off. */
export function pairsOf(lines: readonly string[], separator: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf(separator);
    if (at > 0) pairs.set(line.slice(0, at).trim(), unquoted(line.slice(at + separator.length).trim()));
  }
  return pairs;
}

/** The words of a text, whatever white space is between them. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** A text without the quotes around it, single or double, where both are there. */
export function unquoted(text: string): string {
  const quote = text[0];
  return text.length > 1 && (quote === '"' || quote === "'") && text.endsWith(quote) ? text.slice(1, -1) : text;
}
