// src/ and the libraries that it loads in one file, and what V8 has compiled of it: a starting program spends more on
// finding, reading and compiling many files than on running what is in them.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** Writes the bundle, for CommonJS; returns the licences of all that went into it. `external` is left outside. */
export async function makeBundle(outfile, external) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    external,
    // A script that V8 has compiled before cannot import; what is left to load is in CommonJS.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname' },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  return licenses(Object.keys(metafile.inputs));
}

/** With a seed of its own V8 orders its tables anew in each run, and its threads when they are ready. */
const steadyNode = ['--random-seed=1', '--predictable'];

/** Writes what the Node `program` compiles of a bundle, the same bytes each time; other Nodes compile it anew. */
export function makeCodeCache(program, bundle, file) {
  // In a process of its own: what is compiled there is what the commands use.
  const script = join(import.meta.dirname, 'code-cache.mjs');
  execFileSync(program, [...steadyNode, script, bundle, file], { stdio: ['ignore', 'ignore', 'inherit'] });
}

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
