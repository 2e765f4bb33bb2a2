import { createTwoFilesPatch } from 'diff';

/** A unified diff of one file, three lines around each change; '' where the texts are the same. */
export function unifiedDiff(path: string, before: string, after: string): string {
  return before === after ? '' : patch(`a${path}`, `b${path}`, before, after);
}

/** The same for a file that may not be there yet, as diff and git write it; with so many lines around each change. */
export function fileDiff(path: string, before: string | undefined, after: string, lines?: number): string {
  if (before === undefined) return patch('/dev/null', `b${path}`, '', after, lines);
  return before === after ? '' : patch(`a${path}`, `b${path}`, before, after, lines);
}

function patch(from: string, to: string, before: string, after: string, context = 3): string {
  const text = createTwoFilesPatch(from, to, before, after, undefined, undefined, { context });
  return text.replace(/^=+\n/, '').trimEnd();
}
