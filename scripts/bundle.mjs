// Bundles src/ and the libraries that it loads into dist/kinit.cjs, and keeps beside it what V8 has compiled of it: a
// starting program spends more on finding, reading and compiling many files than on running what is in them.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** They look for compiled parts beside themselves, and only SSH needs them. */
const notBundled = ['ssh2', 'node-ssh'];

rmSync(dist, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile: join(dist, 'kinit.cjs'),
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  external: notBundled,
  // A script that V8 has compiled before cannot import; what is left to load is in CommonJS.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.dirname': '__dirname' },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
writeFileSync(join(dist, 'LICENSES.txt'), licenses(Object.keys(metafile.inputs)));

// In a process of its own: what is compiled there is what these commands use.
execFileSync(process.execPath, [join(import.meta.dirname, 'code-cache.mjs')], {
  stdio: ['ignore', 'ignore', 'inherit'],
});

/** Name, version and licence of every library that went into the bundle. */
function licenses(files) {
  const folders = new Set(files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  return [...folders].sort().map(licenseOf).join('\n');
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const text = readdirSync(join(root, folder))
    .filter((file) => /^licen[cs]e/i.test(file))
    .map((file) => readFileSync(join(root, folder, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...text, ''].join('\n\n');
}
