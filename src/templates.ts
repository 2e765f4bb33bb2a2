import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFolder } from './package-folder.ts';
import { parseYaml } from './yaml.ts';

const folder = join(packageFolder, 'templates');

/** The text of a file below templates/. */
async function templateText(path: string): Promise<string> {
  return readFile(join(folder, path), 'utf8');
}

/** The documents of a YAML file below templates/, as plain data to be patched. */
export async function templateDocuments(path: string): Promise<readonly unknown[]> {
  return parseYaml(await templateText(path), path).map(({ value }) => value);
}
