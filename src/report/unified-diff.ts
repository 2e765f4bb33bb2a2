import { createTwoFilesPatch } from 'diff';

/** A unified diff of one file, three lines around each change; '' where the texts are the same. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const patch = createTwoFilesPatch(`a${path}`, `b${path}`, before, after, undefined, undefined, { context: 3 });
  return patch.replace(/^=+\n/, '').trimEnd();
}
