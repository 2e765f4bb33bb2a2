import { Secret } from '../secret.ts';

/** A plan shows what a file holds, unless that may be a registry's password. */
export function maySecret(content: string, replaced = ''): string | Secret {
  return /\b(?:password|auth|identitytoken|username)\b/i.test(`${content}\n${replaced}`)
    ? new Secret(content)
    : content;
}

const begin = '# BEGIN kinit';
const end = '# END kinit';

/** The text with a block of these lines, in the place where one was, else at its end. */
export function withBlock(text: string, lines: readonly string[]): string {
  const block = `${[begin, ...lines, end].join('\n')}\n`;
  const without = withoutBlock(text);
  const at = text.indexOf(`${begin}\n`);
  if (without !== text) return `${without.slice(0, at)}${block}${without.slice(at)}`;
  return `${text === '' || text.endsWith('\n') ? text : `${text}\n`}${block}`;
}

/** The text without the block. */
export function withoutBlock(text: string): string {
  const [before, inside] = split(text, `${begin}\n`);
  const [, after] = split(inside ?? '', `${end}\n`);
  return inside === undefined || after === undefined ? text : `${before}${after}`;
}

function split(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.startsWith(mark) ? 0 : text.indexOf(`\n${mark}`) + 1;
  return at === 0 && !text.startsWith(mark) ? [text, undefined] : [text.slice(0, at), text.slice(at + mark.length)];
}
