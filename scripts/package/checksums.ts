import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The lines that `sha256sum --check` reads, for these files of a folder. */
export function checksums(folder: string, names: readonly string[]): string {
  const lines = names.toSorted().map((name) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
    return `${digest}  ${name}\n`;
  });
  return lines.join('');
}

/** Names of the files of which two lists of checksums say something else, or only one says anything. */
export function differentFiles(one: string, other: string): readonly string[] {
  const [left, right] = [one, other].map((text) => new Set(text.trim().split('\n')));
  const lines = [...(left ?? []), ...(right ?? [])].filter((line) => !left?.has(line) || !right?.has(line));
  return [...new Set(lines.map((line) => line.replace(/^\S+ +/, '')))].sort();
}
