/**
 * One word of a POSIX shell that stands for exactly these characters (POSIX.1-2017, 2.2.2 Single-Quotes).
 * Throws TypeError on a NUL, which no argument can carry.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError('an argument cannot contain a NUL character');
  if (/^[A-Za-z0-9_/.:@%+-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line that runs this argv. */
export function quoteAll(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}
