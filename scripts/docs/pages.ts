import { commandPages } from './commands.ts';
import { configurationPage } from './configuration.ts';
import { errorsPage } from './errors.ts';
import { versionsPage } from './versions.ts';

/** Every page of docs/reference, which is made of the program's own tables: path below docs/ -> text. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ...(await commandPages()),
    ['reference/configuration.md', configurationPage()],
    ['reference/versions.md', versionsPage()],
    ['reference/errors.md', await errorsPage()],
  ]);
}
