// src/ and the libraries that it loads in two scripts, kinit.cjs and commands.cjs, and what V8 has compiled of them: a
// starting program spends more on finding, reading and compiling many files than on running what is in them. kinit.cjs is
// what every start needs; commands.cjs, which is twenty times as large, is loaded with the first command that needs it.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { inOther } from '../bin/bundle.js';

const root = join(import.meta.dirname, '..');
const start = 'src/main.ts';

/** Commands that do without the others' script. */
const startsWith = ['src/commands/version.ts'];

/** Writes both scripts into a folder; returns the licences of all that went into them. `external` is left outside. */
export async function makeBundle(folder, external) {
  const options = (name) => ({
    absWorkingDir: root,
    outfile: join(folder, `${name}.cjs`),
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
  const lazy = new Set();
  const first = { ...options('kinit'), plugins: [lazyInOther(lazy), withoutPrograms] };
  const known = await build({ ...first, entryPoints: [start], write: false });

  const shared = new Set();
  const inFirst = sharedInOther(new Set(Object.keys(known.metafile.inputs)), shared);
  const commands = [...lazy].sort().map((path) => `'${inOther}${path}': () => require('./${path}'),`);
  const others = { ...options('commands'), plugins: [inFirst] };
  const second = await build({
    ...others,
    stdin: { contents: `module.exports = {\n${commands.join('\n')}\n};`, resolveDir: root },
  });

  const modules = [...shared].sort();
  const contents = [
    `export { main } from './${start}';`,
    ...modules.map((path, at) => `import * as module${at} from './${path}';`),
    `export const modules = {\n${modules.map((path, at) => `'${inOther}${path}': module${at},`).join('\n')}\n};`,
  ].join('\n');
  const final = await build({ ...first, stdin: { contents, resolveDir: root } });
  return licenses(Object.keys({ ...final.metafile.inputs, ...second.metafile.inputs }));
}

/** What the first script imports only when it is asked for is the other's; `found` hears of it. */
function lazyInOther(found) {
  return {
    name: 'lazy-in-other',
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, resolveDir }) => {
        const module = relative(root, resolve(resolveDir, path));
        if (kind !== 'dynamic-import' || startsWith.includes(module)) return undefined;
        found.add(module);
        return { path: inOther + module, external: true };
      });
    },
  };
}

/** What the first script has is taken from there, so that a class is one and the same; `found` hears of it. */
function sharedInOther(first, found) {
  return {
    name: 'shared-in-other',
    setup({ onResolve, resolve: find }) {
      onResolve({ filter: /^[.a-z]/ }, async ({ path, pluginData, ...from }) => {
        if (pluginData === find) return undefined;
        const { path: file, external } = await find(path, { ...from, pluginData: find });
        const module = relative(root, file);
        if (external || !first.has(module)) return undefined;
        found.add(module);
        return { path: inOther + module, external: true };
      });
    },
  };
}

/** commander asks for what starts programs, for commands that are programs of their own; kinit has none. */
const withoutPrograms = {
  name: 'without-programs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('commander') ? { path: 'none', namespace: 'without-programs' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'without-programs' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** With a seed of its own V8 orders its tables anew in each run, and its threads when they are ready. */
const steadyNode = ['--random-seed=1', '--predictable'];

/** Writes what the Node `program` compiles of the scripts in a folder, the same bytes each time; other Nodes compile anew. */
export function makeCodeCaches(program, folder) {
  // In a process of its own: what is compiled there is what the commands use.
  const script = join(import.meta.dirname, 'code-cache.mjs');
  execFileSync(program, [...steadyNode, script, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Name, version and licence of every library that went into the scripts. */
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
