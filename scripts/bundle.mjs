// `npm run build`: kinit's scripts in dist/, what V8 has compiled of them, and the licences of all that is in them.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeBundle, makeCodeCaches } from './make-bundle.mjs';

const dist = join(import.meta.dirname, '..', 'dist');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
// They look for compiled parts beside themselves, and only SSH needs them.
writeFileSync(join(dist, 'LICENSES.txt'), await makeBundle(dist, ['ssh2', 'node-ssh']));
makeCodeCaches(process.execPath, dist);
