import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { cacheDir, lockFile, sourceDir } from './places.ts';
import { must } from './process.ts';

export interface Recipe {
  readonly name: string;
  /** A shell script in recipes/, run in this folder with an empty folder to fill, one for scratch, and `args`. */
  readonly script: string;
  /** Folders or files beside this file that the result depends on. */
  readonly sources?: readonly string[];
  readonly args?: readonly string[];
  /** What the script reads from standard input; not part of the key. */
  readonly stdin?: () => Promise<string>;
  /** Seconds. */
  readonly timeout: number;
}

/**
 * The folder of what the recipe makes; makes it first where it is not in the cache. The key is a hash of the recipe,
 * of its sources and of its arguments, so whatever is made of other artefacts is made again with them.
 */
export async function artefact(recipe: Recipe): Promise<string> {
  const folder = join(cacheDir, `${recipe.name}-${keyOf(recipe)}`);
  if (existsSync(folder)) return folder;
  return withLock(lockFile(recipe.name), async () => {
    if (!existsSync(folder)) await make(recipe, folder);
    return folder;
  });
}

async function make(recipe: Recipe, folder: string): Promise<void> {
  const began = Date.now();
  process.stderr.write(`lab: making ${recipe.name}\n`);
  for (const left of readdirSync(cacheDir)) {
    if (left.startsWith(`making-${recipe.name}-`)) rmSync(join(cacheDir, left), { recursive: true, force: true });
  }
  const making = mkdtempSync(join(cacheDir, `making-${recipe.name}-`));
  const [out, scratch] = [join(making, 'out'), join(making, 'scratch')];
  try {
    mkdirSync(out);
    mkdirSync(scratch);
    // In a mount namespace of its own, so that whatever a recipe mounts ends with it.
    const shell = ['unshare', '--mount', '--propagation', 'slave', 'sh', join(sourceDir, 'recipes', recipe.script)];
    const stdin = await recipe.stdin?.();
    await must([...shell, out, scratch, ...(recipe.args ?? [])], {
      cwd: sourceDir,
      timeout: recipe.timeout,
      ...(stdin === undefined ? {} : { stdin }),
    });
    renameSync(out, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  process.stderr.write(`lab: made ${recipe.name} in ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
}

function keyOf(recipe: Recipe): string {
  const hash = createHash('sha256').update(JSON.stringify([recipe.name, recipe.args ?? []]));
  for (const path of [join('recipes', recipe.script), ...(recipe.sources ?? [])]) hash.update(contentOf(path));
  return hash.digest('hex').slice(0, 12);
}

function contentOf(path: string): string {
  const full = join(sourceDir, path);
  try {
    return readFileSync(full, 'utf8');
  } catch {
    return readdirSync(full)
      .sort()
      .map((name) => `${name}\0${contentOf(join(path, name))}`)
      .join('\0');
  }
}
