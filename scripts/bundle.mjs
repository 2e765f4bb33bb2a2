// `npm run build`: dist/kinit.cjs, what V8 has compiled of it, and the licences of all that is in it.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeBundle, makeCodeCache } from './make-bundle.mjs';

const dist = join(import.meta.dirname, '..', 'dist');
const bundle = join(dist, 'kinit.cjs');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
// They look for compiled parts beside themselves, and only SSH needs them.
writeFileSync(join(dist, 'LICENSES.txt'), await makeBundle(bundle, ['ssh2', 'node-ssh']));
makeCodeCache(process.execPath, bundle, join(dist, 'kinit.code-cache'));
