import { withoutKeys } from './secret.ts';

/** Steps from a document's root to one of its parts: `['bootstrapTokens', 0, 'token']`. */
export type YamlPath = readonly (string | number)[];

/** How the number or word at a path is written in the file; undefined for all else, and where that is not known. */
export type TextOf = (path: YamlPath) => string | undefined;

/** `file:3 networking.podSubnet`, `file:7 bootstrapTokens[0].token`. */
export function placeText(file: string, line: number, path: YamlPath): string {
  const field = pathText(path);
  return `${file}:${line}${field === '' ? '' : ` ${field}`}`;
}

/** `networking.podSubnet`, `bootstrapTokens[0].token`. */
export function pathText(path: YamlPath): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i ? '.' : ''}${step}`)).join('');
}

/** The 1-based line of each offset in `text`. */
export function lineIndex(text: string): (offset: number) => number {
  const starts = [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map((match) => match.index + match[0].length)];
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** A source line for an error text: indented below it, short, printable and without what may be a token or a key. */
export function excerpt(source: string): string {
  const shown = withoutKeys(source)
    .replace(/[^\x20-\x7e\u00a0-\uffff]/g, '?')
    .trim();
  return shown === '' ? '' : `\n  ${shown.length > 100 ? `${shown.slice(0, 100)}...` : shown}`;
}
