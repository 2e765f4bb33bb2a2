/** Levels that no document which is read here comes near; whoever walks through one of many more runs out of stack. */
const deepest = 500;

/** The value of a JSON text that somebody else wrote. Throws SyntaxError where it is none, or deeper than 500 levels. */
export function parseJson(text: string): unknown {
  if (isDeep(text)) throw new SyntaxError(`more than ${deepest} levels deep`);
  return JSON.parse(text);
}

function isDeep(text: string): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (isInText) {
      if (character === backslash) at++;
      else if (character === quote) isInText = false;
    } else if (character === quote) isInText = true;
    else if (character === openBracket || character === openBrace) {
      depth++;
      if (depth > deepest) return true;
    } else if (character === closeBracket || character === closeBrace) depth--;
  }
  return false;
}

const quote = 0x22;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
