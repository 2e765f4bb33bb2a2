import { join } from 'node:path';

/** The folder of kinit's own package.json: one above src/, and above the bundle in dist/ too. */
export const packageFolder: string = join(import.meta.dirname, '..');
