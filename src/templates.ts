import { packageText } from './package-files.ts';
import { parseYaml } from './yaml.ts';

/** The documents of a YAML file below templates/, as plain data to be patched. */
export async function templateDocuments(path: string): Promise<readonly unknown[]> {
  return parseYaml(await packageText(`templates/${path}`), path).map(({ value }) => value);
}
