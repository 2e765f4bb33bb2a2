// In CommonJS, as bin/package.json says: Node starts by a tenth faster without its loader of modules.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

/** What is in the other one of kinit's two scripts is required by a name that begins so. */
const inOther = 'kinit:';

/**
 * kinit's two scripts as one program: `main`, and the scripts that are loaded by now. `read` gives the text of one and,
 * where it is there, what V8 has compiled of it; they take themselves for `file`, and load all else by `require`.
 */
function program({ read, file, require }) {
  const scripts = new Map();
  let commands;
  const { main, modules } = evaluate('kinit', (id) => {
    if (!id.startsWith(inOther)) return require(id);
    commands ??= evaluate('commands', (other) => modules[other] ?? require(other));
    return commands[id]();
  });
  return { main, scripts };

  function evaluate(name, require) {
    const { text, cachedData } = read(name);
    // The name goes into what V8 compiles, which is the same wherever it is built.
    const filename = `${name}.cjs`;
    const wrapped = `(function (module, exports, require, __filename, __dirname) {${text}\n})`;
    const script = new Script(wrapped, { filename, cachedData });
    scripts.set(name, script);
    const module = { exports: {} };
    script.runInThisContext()(module, module.exports, require, file, dirname(file));
    return module.exports;
  }
}

/** What `npm run build` has made; compiled anew where what V8 has compiled is not there or another Node's. */
function builtProgram() {
  const dist = join(__dirname, '..', 'dist');
  const file = join(dist, 'kinit.cjs');
  return program({
    // esbuild writes ASCII alone, and to read it as such costs least.
    read: (name) => ({
      text: readFileSync(join(dist, `${name}.cjs`), 'latin1'),
      cachedData: compiled(join(dist, `${name}.code-cache`)),
    }),
    file,
    require,
  });
}

function compiled(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

exports.inOther = inOther;
exports.program = program;
exports.builtProgram = builtProgram;
