import type { Catalog } from './catalog.ts';
import { filled } from './pattern.ts';

/** How a text is understood: what it is in Chinese, and which message it is. */
export interface Reading {
  readonly said: string;
  /** The code of the message; of a text of several, of the last. */
  readonly code: string | undefined;
  /** English words that stay, and a little for each piece: of several readings the one with the least is meant. */
  readonly left: number;
}

/** Reads a text: as a message with what it was given, read in its turn, or as several beside each other. */
export type Reader = (text: string) => Reading;

/** What parts one sentence from another, and what does between two that are Chinese. */
const seams: readonly (readonly [string, string])[] = [
  ['; ', '；'],
  [': ', '：'],
  [' (', '（'],
  [', ', '，'],
  [' ', ' '],
];
/** Why a node is not Ready, by its kubelet or the controller manager (pkg/kubelet/runtime.go, nodestatus/setters.go): their own words. */
const kubeletWords =
  /^\[?(?:container runtime (?:is down|network|status)|runtime (?:network|status)|CSINode|PLEG|missing node capacity|Network plugin returns|docker: network plugin|Failed to initialize CSINode|Kubelet (?:stopped|never))\b/;
const pieceCosts = 0.1;
/** Of a sentence that begins with what is put in, where that has a host or a place of its own before it. */
const placeWithinCosts = 0.2;
/** Of what is put in, where it goes on beyond a semicolon: it parts sentences where both are as good. */
const beyondCosts = 0.01;

/** A reader by the catalog; the same text is read once. */
export function readerBy(catalog: Catalog): Reader {
  const known = new Map<string, Reading>();
  const read = (text: string): Reading => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const asIs = { said: text, code: undefined, left: kubeletWords.test(text) ? 0 : wordsOf(text) };
    // A text that leads back to itself is read as it stands.
    known.set(text, asIs);
    const trimmed = text.trim();
    const readings = asIs.left === 0 ? [] : trimmed === text ? readingsOf(text) : [within(text, read(trimmed))];
    const best = readings.reduce((least, one) => (one.left < least.left ? one : least), asIs);
    known.set(text, best);
    return best;
  };
  const readingsOf = (text: string): readonly Reading[] => {
    const messages = catalog.find(text).flatMap(({ message, values, isLoose }): readonly Reading[] => {
      // What is quoted is somebody's own word.
      const isQuoted = (name: string) => message.english.includes(`"{${name}}"`);
      const given = new Map(
        [...values].map(([name, value]) => [name, isQuoted(name) ? { said: value, left: 0 } : read(value)]),
      );
      if (isLoose && [...given].some(([name, { left }]) => left >= 1 && values.get(name)?.includes(' '))) return [];
      const said = filled(message.chinese, new Map([...given].map(([name, value]) => [name, value.said])));
      const isPlaceWithin = message.english.startsWith('{') && [...values.values()][0]?.includes(': ') === true;
      const isBeyond = [...values.values()].some((value) => value.includes('; '));
      const costs = pieceCosts + (isPlaceWithin ? placeWithinCosts : 0) + (isBeyond ? beyondCosts : 0);
      return [{ said, code: message.code, left: sum([...given.values()]) + costs }];
    });
    return [...messages, ...seams.flatMap(([seam, chinese]) => parted(text, seam, chinese))];
  };
  const parted = (text: string, seam: string, chinese: string): readonly Reading[] => {
    // A bare blank parts only a count from its noun.
    const at = text.indexOf(seam);
    if (at < 0 || (seam === ' ' && !/^\d/.test(text))) return [];
    const isBracket = seam === ' (' && text.endsWith(')');
    // One that closes before the end is within what another seam parts.
    if (seam === ' (' && !isBracket) return [];
    const halves = [text.slice(0, at), text.slice(at + seam.length, isBracket ? -1 : undefined)].map(read);
    const [left, right] = halves.map(({ said }) => said);
    const code = halves.findLast((half) => half.code !== undefined)?.code;
    if (code === undefined) return [];
    const between = isBracket || halves.every((half) => half.code !== undefined) ? chinese : seam;
    return [{ said: `${left}${between}${right}${isBracket ? '）' : ''}`, code, left: sum(halves) + pieceCosts }];
  };
  return read;
}

function within(text: string, reading: Reading): Reading {
  const [, before = '', after = ''] = /^(\s*).*?(\s*)$/s.exec(text) ?? [];
  return { ...reading, said: `${before}${reading.said}${after}` };
}

function sum(readings: readonly Pick<Reading, 'left'>[]): number {
  return readings.reduce((all, { left }) => all + left, 0);
}

/** English words of a text; names of files, hosts and flags are none. */
function wordsOf(text: string): number {
  return text.match(/(?<![\w./@-])[a-z]{2,}(?![\w/@-])/gi)?.length ?? 0;
}
