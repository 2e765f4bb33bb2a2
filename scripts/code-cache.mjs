// `code-cache.mjs FOLDER`: runs a few commands that touch nothing but examples/, and keeps beside the scripts in FOLDER what
// V8 has compiled of them meanwhile. With the flags of make-bundle.mjs every run of one Node writes the same bytes.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { program } from '../bin/bundle.js';

const root = join(import.meta.dirname, '..');
const example = (name) => join(root, 'examples', name);
const commands = [
  ['version'],
  ['config', 'validate', '--config', example('aliyun-mirror.yaml')],
  ['config', 'images', 'list', '--config', example('aliyun-mirror.yaml')],
  ['init', '--help'],
];

const [folder] = process.argv.slice(2);
// Wherever they lie, they find the package's other files as if they were in dist/.
const file = join(root, 'dist', 'kinit.cjs');
const read = (name) => ({ text: readFileSync(join(folder, `${name}.cjs`), 'latin1') });
const { main, scripts } = program({ read, file, require: createRequire(file) });
for (const argv of commands) {
  const code = await main(withArguments(argv));
  if (code !== 0) throw new Error(`kinit ${argv.join(' ')} ended with ${code}`);
}
for (const [name, script] of scripts) writeFileSync(join(folder, `${name}.code-cache`), script.createCachedData());
process.exit(0);

function withArguments(argv) {
  return Object.create(process, { argv: { value: [...process.argv.slice(0, 1), 'kinit', ...argv] } });
}
