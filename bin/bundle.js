import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

/** The bundle as a script, and what it exports; it takes itself for `file`, and loads what is not in it by `require`. */
export function evaluate(text, { file, require, cachedData }) {
  // The name goes into what V8 compiles, which is the same wherever it is built.
  const script = new Script(`(function (module, exports, require, __filename, __dirname) {${text}\n})`, {
    filename: 'kinit.cjs',
    cachedData,
  });
  const module = { exports: {} };
  script.runInThisContext()(module, module.exports, require, file, dirname(file));
  return { script, ...module.exports };
}

/** What `npm run build` has made; compiled anew where what V8 has compiled is not there or another Node's. */
export function loadBundle() {
  const file = join(import.meta.dirname, '..', 'dist', 'kinit.cjs');
  return evaluate(
    // esbuild writes ASCII alone, and to read it as such costs least.
    readFileSync(file, 'latin1'),
    { file, require: createRequire(file), cachedData: compiled(file.replace(/cjs$/, 'code-cache')) },
  );
}

function compiled(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
