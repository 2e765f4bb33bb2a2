import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

const file = join(import.meta.dirname, '..', 'dist', 'kinit.cjs');

/** What V8 has compiled of the bundle when it was built; without it, or with another Node, it is compiled anew. */
export const codeCache = join(dirname(file), 'kinit.code-cache');

/** The bundle as a script, and what it exports. */
export function loadBundle() {
  // esbuild writes ASCII alone, and to read it as such costs least.
  const script = new Script(
    `(function (module, exports, require, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`,
    { filename: file, cachedData: compiled() },
  );
  const module = { exports: {} };
  script.runInThisContext()(module, module.exports, createRequire(file), file, dirname(file));
  return { script, ...module.exports };
}

function compiled() {
  try {
    return readFileSync(codeCache);
  } catch {
    return undefined;
  }
}
