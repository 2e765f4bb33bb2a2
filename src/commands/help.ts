import { Command } from 'commander';
import { nearest } from '../config/nearest.ts';

/** Gives a command that has commands a `help` that knows those below it, and refuses what is none of them. */
export function addHelpCommand(parent: Command): void {
  const help = new Command('help')
    .description('Show help for a command')
    .argument('[command...]', 'the command, word by word: init phase certs')
    .helpOption(false)
    .action((words: readonly string[]) => found(parent, words).outputHelp());
  parent.helpCommand(false).addCommand(help);
}

/** The command that the words lead to; what follows a command that takes arguments may be such. */
function found(parent: Command, [word, ...rest]: readonly string[]): Command {
  if (word === undefined || !isGroup(parent)) return parent;
  const child = parent.commands.find((each) => each.name() === word || each.aliases().includes(word));
  return child === undefined ? refused(parent, word) : found(child as Command, rest);
}

/** Whether the next word can only be a command. */
export function isGroup(command: Command): boolean {
  return command.commands.length > 0 && command.registeredArguments.length === 0;
}

function refused(parent: Command, word: string): never {
  const names = parent
    .createHelp()
    .visibleCommands(parent)
    .flatMap((each) => [each.name(), ...each.aliases()]);
  const candidate = nearest(word, names);
  const hint = candidate === undefined ? '' : `\n(Did you mean ${candidate}?)`;
  return parent.error(`error: unknown command '${word}'${hint}`, { code: 'commander.unknownCommand' });
}
