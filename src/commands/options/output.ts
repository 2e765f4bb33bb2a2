import { type Command, Option } from 'commander';

const events = 'json: one event a line on stdout, the result last (kinit config schema events)';

/** Adds `-o json` to a command that tells a story. */
export function addOutputOption(command: Command): void {
  command.addOption(new Option('-o, --output <format>', events).choices(['text', 'json']));
}

/** Calls `wanted` as soon as the flags of the command ask for events, whatever else is wrong with them. */
export function whenEventsAreWanted(command: Command, wanted: () => void): void {
  if (!command.options.some(({ description }) => description === events)) return;
  command.on('option:output', (format: string) => {
    if (format === 'json') wanted();
  });
}
