// Runs a few commands that touch nothing but examples/, and keeps what V8 has compiled of the bundle meanwhile.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeCache, loadBundle } from '../bin/bundle.js';

const example = (name) => join(import.meta.dirname, '..', 'examples', name);
const commands = [
  ['version'],
  ['config', 'validate', '--config', example('aliyun-mirror.yaml')],
  ['config', 'images', 'list', '--config', example('aliyun-mirror.yaml')],
  ['init', '--help'],
];

const { main, script } = loadBundle();
for (const argv of commands) {
  const code = await main(withArguments(argv));
  if (code !== 0) throw new Error(`kinit ${argv.join(' ')} ended with ${code}`);
}
writeFileSync(codeCache, script.createCachedData());
process.exit(0);

function withArguments(argv) {
  return Object.create(process, { argv: { value: [...process.argv.slice(0, 1), 'kinit', ...argv] } });
}
