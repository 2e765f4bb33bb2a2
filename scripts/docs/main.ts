// `npm run docs`: writes docs/reference anew.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { referencePages } from './pages.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');
const pages = await referencePages();
rmSync(join(docs, 'reference'), { recursive: true, force: true });
for (const [path, text] of pages) {
  mkdirSync(dirname(join(docs, path)), { recursive: true });
  writeFileSync(join(docs, path), text);
}
