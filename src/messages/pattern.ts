/** A sentence with names in braces for what is put in, and how a text of that form is recognized. */
export interface Pattern {
  readonly holes: readonly string[];
  /** A piece that every such text has: a look for it is cheaper than the expression. */
  readonly piece: string;
  readonly expression: RegExp;
  /** So short between its ends, which are both holes, that a sentence of somebody else's may have that form as well. */
  readonly isLoose: boolean;
}

const hole = /\{([a-z]\w*)\}/gi;

/** Letters between the holes, below which a sentence is so common a form that only single words fit its holes. */
const common = 4;
/** Below which it is as much somebody else's where it neither begins nor ends with words of its own. */
const loose = 9;

/** The pattern of a sentence. `{n}` is a number, `{s}` the s of a plural, any other hole some text. */
export function patternOf(sentence: string): Pattern {
  const holes = [...sentence.matchAll(hole)].map(([, name = '']) => name);
  const pieces = sentence.split(hole).filter((_, at) => at % 2 === 0);
  const letters = pieces.join('').replaceAll(/[^a-z]/gi, '').length;
  const isCommon = letters < common;
  const capture = (name: string, at: number): string => {
    if (/^n\d?$/.test(name)) return '([\\d.]+)';
    if (/^s\d?$/.test(name)) return '(s?)';
    if (isCommon) return '(\\S*?)';
    // Two beside each other: the second is a remark that begins with its comma or bracket, or is not there.
    return pieces[at + 1] === '' && at + 1 < holes.length ? '([^,;:(]*)' : '(.*?)';
  };
  const source = pieces.map((piece, at) => {
    const name = holes[at];
    return `${escaped(piece)}${name === undefined ? '' : capture(name, at)}`;
  });
  return {
    holes,
    piece: pieces.toSorted((a, b) => b.length - a.length)[0] ?? '',
    expression: new RegExp(`^${source.join('')}$`, 's'),
    isLoose: letters < loose && pieces[0] === '' && pieces.at(-1) === '',
  };
}

/** A full stop behind a hole ends a sentence: it is none within a number. */
function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/^\\\./, '\\.(?!\\d)');
}

/** What stands in the holes of the pattern, by name; undefined where the text is another. */
export function readBy({ holes, expression, piece }: Pattern, text: string): ReadonlyMap<string, string> | undefined {
  if (!text.includes(piece)) return undefined;
  const found = expression.exec(text);
  if (found === null) return undefined;
  const values = holes.map((name, at) => [name, found[at + 1] ?? ''] as const);
  // `a.yaml:3 kind: is missing` is a place and a message; what ends with a colon itself has a list below it.
  const isPlace = (value: string) => value.endsWith(':') && !text.endsWith(value);
  return values.some(([, value]) => isPlace(value)) ? undefined : new Map(values);
}

/** The sentence with its holes filled. */
export function filled(sentence: string, values: ReadonlyMap<string, string>): string {
  return sentence.replaceAll(hole, (whole, name: string) => values.get(name) ?? whole);
}
