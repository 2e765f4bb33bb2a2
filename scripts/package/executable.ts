import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { makeBundle, makeCodeCaches } from '../make-bundle.mjs';
import { root } from './released.ts';
import { tool } from './tool.ts';

/** What every executable carries, whatever it runs on. */
export interface Contents {
  /** Where the scripts are, the program and all of its libraries, and main.cjs, which starts them. */
  readonly folder: string;
  /** The licences of the libraries, as text. */
  readonly licenses: string;
}

/** Bundles what executables carry into a folder. */
export async function executableContents(folder: string): Promise<Contents> {
  // ssh2 goes on without its compiled parts, by what Node itself has.
  const licenses = await makeBundle(folder, ['*.node', 'cpu-features']);
  await build({
    entryPoints: [join(import.meta.dirname, 'executable-main.mjs')],
    outfile: join(folder, 'main.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    define: { 'import.meta.dirname': '__dirname' },
  });
  return { folder, licenses };
}

export interface ExecutableRecipe {
  readonly contents: Contents;
  /** The Node that it becomes. */
  readonly node: string;
  /** One of the same version that runs on this machine; the same file, where `node` does. */
  readonly runs: string;
  /** For what is made on the way. */
  readonly scratch: string;
}

/**
 * Writes a Node that is kinit: a single executable application, with its templates inside. One for another machine goes
 * without what V8 has compiled, since only its own Node can do that, and starts more slowly.
 */
export function makeExecutable(out: string, { contents, node, runs, scratch }: ExecutableRecipe): void {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  // The name of the main script goes into the executable; where it is made does not.
  cpSync(contents.folder, scratch, { recursive: true });
  if (node === runs) makeCodeCaches(runs, scratch);
  const scripts = readdirSync(scratch)
    .filter((name) => name !== 'main.cjs')
    .sort();
  const assets = {
    ...Object.fromEntries(scripts.map((name) => [name, name])),
    'package.json': join(root, 'package.json'),
    ...templates(),
  };
  const wish = { main: 'main.cjs', output: 'blob', disableExperimentalSEAWarning: true, assets };
  writeFileSync(join(scratch, 'sea.json'), JSON.stringify(wish));
  tool(runs, ['--experimental-sea-config', 'sea.json'], { cwd: scratch });

  const made = join(scratch, 'made');
  copyFileSync(node, made);
  chmodSync(made, 0o755);
  const postject = join(root, 'node_modules', 'postject', 'dist', 'cli.js');
  tool(process.execPath, [postject, made, 'NODE_SEA_BLOB', join(scratch, 'blob'), '--sentinel-fuse', fuseOf(node)]);
  copyFileSync(made, out);
  rmSync(scratch, { recursive: true });
}

/** Where Node looks whether it carries a program; the mark is in Node itself. */
function fuseOf(node: string): string {
  const mark = /NODE_SEA_FUSE_[0-9a-f]{32}/.exec(readFileSync(node, 'latin1'))?.[0];
  if (mark === undefined) throw new Error(`${node} cannot carry a program`);
  return mark;
}

function templates(): Readonly<Record<string, string>> {
  const paths = readdirSync(join(root, 'templates'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Object.fromEntries(paths.map((path) => [path.slice(root.length + 1), path]));
}
