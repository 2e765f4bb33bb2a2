import { type Command, Option } from 'commander';

/** `--patches`, and by its name before v1.22 `--experimental-patches`. */
export function addPatchesOption(command: Command, description: string): void {
  command
    .option('--patches <dir>', description)
    .addOption(new Option('--experimental-patches <dir>', '--patches before v1.22').hideHelp())
    .on('option:experimental-patches', (dir: string) => command.setOptionValueWithSource('patches', dir, 'cli'));
}
