/** One line of a configuration file of ssh: its keyword in lower case, its values, and all that follows the keyword. */
export interface ConfigLine {
  readonly name: string;
  readonly values: readonly string[];
  readonly rest: string;
}

/** `keyword value` or `keyword=value`, as readconf.c reads it; undefined for comments, `broken` for an open quote. */
export function configLine(line: string): ConfigLine | 'broken' | undefined {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return undefined;
  const [, quoted, plain, rest = ''] = /^(?:"([^"]*)"|([^\s="]+))[ \t]*=?[ \t]*(.*)$/.exec(text) ?? [];
  const name = (quoted ?? plain ?? '').toLowerCase();
  if (name === '') return undefined;
  const values = splitWords(rest);
  // Match and ProxyCommand take the rest of the line as it stands.
  if (values === undefined) return name === 'proxycommand' || name === 'match' ? { name, values: [], rest } : 'broken';
  return { name, values, rest };
}

/**
 * Words between blanks, in single or double quotes where blanks belong to them; a backslash takes the meaning from a
 * quote, a backslash and, outside quotes, a blank; `#` begins a comment (misc.c, argv_split). Undefined for an open quote.
 */
function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const start = text.charAt(at);
    if (start === ' ' || start === '\t') {
      at += 1;
      continue;
    }
    if (start === '#') break;
    let word = '';
    let quote = '';
    for (; at < text.length; at += 1) {
      const character = text.charAt(at);
      const next = text.charAt(at + 1);
      if (character === '\\' && (/['"\\]/.test(next) || (quote === '' && next === ' '))) {
        word += next;
        at += 1;
      } else if (quote === '' && (character === ' ' || character === '\t')) break;
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
      else if (character === quote) quote = '';
      else word += character;
    }
    if (quote !== '') return undefined;
    words.push(word);
  }
  return words;
}

/** The criteria of Match and their arguments: an `=` between them is as good as a blank (readconf.c, match_cfg_line). */
export function matchWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const [word, quoted] of text.matchAll(/"([^"]*)"|[^\s="]+/g)) {
    if (quoted === undefined && word.startsWith('#')) break;
    words.push(quoted ?? word);
  }
  return words;
}
