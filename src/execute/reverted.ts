import { withoutBlock } from './own-lines.ts';

/**
 * What others have made of a file since kinit edited it, with kinit's own edits turned back: its block gone, and lines
 * that it changed as they were. `before` and `after` are the file as kinit found and left it.
 */
export function reverted(now: string, before: string, after: string): string {
  if (now === after) return before;
  const hadBlock = withoutBlock(before) !== before;
  const bare = (text: string) => (hadBlock ? text : withoutBlock(text));
  const from = bare(after).split('\n');
  const to = before.split('\n');
  const changed = from.length === to.length || from.length === to.length + 1;
  const pairs = changed
    ? from.map((line, at) => [line, to[at] ?? ''] as const).filter(([a, b]) => a !== b && b !== '')
    : [];
  return pairs.reduce((text, [line, original]) => withLine(text, line, original), bare(now));
}

function withLine(text: string, line: string, original: string): string {
  const lines = text.split('\n');
  const at = lines.indexOf(line);
  return at < 0 ? text : lines.with(at, original).join('\n');
}
