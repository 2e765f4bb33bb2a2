// `code-cache.mjs BUNDLE FILE`: runs a few commands that touch nothing but examples/, and keeps in FILE what V8 has
// compiled of the bundle meanwhile. With the flags of make-bundle.mjs every run of one Node writes the same bytes.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { evaluate } from '../bin/bundle.js';

const root = join(import.meta.dirname, '..');
const example = (name) => join(root, 'examples', name);
const commands = [
  ['version'],
  ['config', 'validate', '--config', example('aliyun-mirror.yaml')],
  ['config', 'images', 'list', '--config', example('aliyun-mirror.yaml')],
  ['init', '--help'],
];

const [bundle, codeCache] = process.argv.slice(2);
// Wherever it lies, it finds the package's other files as if it were in dist/.
const file = join(root, 'dist', 'kinit.cjs');
const { main, script } = evaluate(readFileSync(bundle, 'latin1'), { file, require: createRequire(file) });
for (const argv of commands) {
  const code = await main(withArguments(argv));
  if (code !== 0) throw new Error(`kinit ${argv.join(' ')} ended with ${code}`);
}
writeFileSync(codeCache, script.createCachedData());
process.exit(0);

function withArguments(argv) {
  return Object.create(process, { argv: { value: [...process.argv.slice(0, 1), 'kinit', ...argv] } });
}
