/**
 * What stands in `text` and looks like something else, or like nothing: `a full-width ":" (U+FF1A)`, each once; empty
 * where there is nothing of the kind. For messages about a value or a line that is wrong already.
 */
export function strangeCharacters(text: string): string {
  const found = new Set([...text].filter((character) => strange.test(character)));
  return [...found].map(nameOf).join(', ');
}

/** What a message quotes, with what is strange in it named after it. */
export function withStrangeNamed(message: string): string {
  const quoted = [...message.matchAll(/"([^"]*)"/g)].map(([, text]) => text ?? '').join('');
  const named = strangeCharacters(quoted);
  return named === '' || message.includes('U+') ? message : `${message}; in it stands ${named}`;
}

/** The same for text that has to be ASCII: letters of other scripts may look like ours. */
export function strangeLetters(text: string): string {
  const found = [...new Set(text)].filter((character) => strange.test(character) || foreign.test(character));
  return found.map((character) => (foreign.test(character) ? foreignName(character) : nameOf(character))).join(', ');
}

const foreign = /[\p{Script=Cyrillic}\p{Script=Greek}]/u;

function foreignName(character: string): string {
  const script = /\p{Script=Greek}/u.test(character) ? 'Greek' : 'Cyrillic';
  return `a ${script} letter "${character}" (U+${codeOf(character)})`;
}

const strange =
  /[\u00a0\u00ad\u1680\u2000-\u200f\u2010-\u2015\u2018-\u201f\u2028-\u202f\u205f-\u2064\u2066-\u2069\u2212\u3000-\u3002\ufeff\uff01-\uff5e]/u;

/** Unicode's names, of those that people paste. */
const names: ReadonlyMap<number, string> = new Map([
  [0xa0, 'a no-break space'],
  [0xad, 'an invisible soft hyphen'],
  [0x200b, 'an invisible zero width space'],
  [0x200c, 'an invisible zero width non-joiner'],
  [0x200d, 'an invisible zero width joiner'],
  [0x2060, 'an invisible word joiner'],
  [0xfeff, 'an invisible byte order mark'],
  [0x2212, 'a minus sign that is no "-"'],
  [0x3000, 'a full-width space'],
  [0x3001, 'a full-width comma'],
  [0x3002, 'a full-width full stop'],
]);

function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `${names.get(code) ?? kindOf(code)} (U+${codeOf(character)})`;
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

function kindOf(code: number): string {
  if (code >= 0xff01 && code <= 0xff5e) return `a full-width "${String.fromCharCode(code - 0xfee0)}"`;
  if (code >= 0x2010 && code <= 0x2015) return 'a dash that is no "-"';
  if (code === 0x2018 || code === 0x2019 || code === 0x201a || code === 0x201b) return 'a curly quote that is no "\'"';
  if (code >= 0x201c && code <= 0x201f) return "a curly quote that is no '\"'";
  if (code >= 0x2000 && code <= 0x200a) return 'a space that is none';
  return 'an invisible character';
}
