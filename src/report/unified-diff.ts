import { createTwoFilesPatch } from 'diff';

/** A unified diff of one file, three lines around each change; '' where the texts are the same. */
export function unifiedDiff(path: string, before: string, after: string): string {
  return before === after ? '' : patch(`a${path}`, `b${path}`, before, after);
}

/** The same for a file that may not be there yet, as diff and git write it. */
export function fileDiff(path: string, before: string | undefined, after: string): string {
  return before === undefined ? patch('/dev/null', `b${path}`, '', after) : unifiedDiff(path, before, after);
}

function patch(from: string, to: string, before: string, after: string): string {
  const text = createTwoFilesPatch(from, to, before, after, undefined, undefined, { context: 3 });
  return text.replace(/^=+\n/, '').trimEnd();
}
