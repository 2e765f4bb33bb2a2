import { type Command, Option } from 'commander';
import { camelCase, type Flag, type FlagTable } from '../../config/flag-table.ts';
import { list } from './list.ts';

/** Adds the flags of a table to a command, in the order of their names; returns the command. */
export function addFlags(command: Command, table: FlagTable): Command {
  for (const [name, row] of Object.entries(table).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (row.argument === undefined) addFlag(command, name, row);
    else command.argument(`[${name}]`, row.help);
  }
  return command;
}

function addFlag(command: Command, name: string, { short, value, help, list: isList, formerly, ...row }: Flag): void {
  const words = (long: string) => [`--${long}`, ...(value === undefined ? [] : [value])].join(' ');
  const option = new Option(`${short === undefined ? '' : `${short}, `}${words(name)}`, help);
  if (isList) option.argParser(list);
  if (row.default !== undefined) option.default(row.default);
  command.addOption(option);
  if (formerly === undefined) return;
  command
    .addOption(new Option(words(formerly.name), `--${name} before ${formerly.until}`).hideHelp())
    .on(`option:${formerly.name}`, (given: string) => command.setOptionValueWithSource(camelCase(name), given, 'cli'));
}
