import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder of kinit's own package.json: one above src/, and above the bundle in dist/ too. */
const folder = join(import.meta.dirname, '..');

/** The text of a file of kinit's package, by its path there; the single executable carries those that are asked for. */
export async function packageText(path: string): Promise<string> {
  const { getAsset, isSea } = await import('node:sea');
  return isSea() ? getAsset(path, 'utf8') : readFile(join(folder, path), 'utf8');
}
