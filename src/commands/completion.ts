import { Argument, Command } from 'commander';
import type { CompletedCommand } from '../completion/commands.ts';
import type { Io } from './io.ts';

/** Names under which the program is installed. */
const programs = ['kinit', 'kinitctl'];

/** `kinit completion SHELL`: a script that completes every command and flag. */
export function completionCommand(io: Io): Command {
  return new Command('completion')
    .description('Print a script that lets a shell complete the commands and flags of kinit')
    .addArgument(new Argument('<shell>', 'the shell to print it for').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      io.stdout.write(await scripts[shell](await completedProgram(io)));
    });
}

const scripts = {
  bash: async (root: CompletedCommand) => (await import('../completion/bash.ts')).bashCompletion(root, programs),
  zsh: async (root: CompletedCommand) => (await import('../completion/zsh.ts')).zshCompletion(root, programs),
  fish: async (root: CompletedCommand) => (await import('../completion/fish.ts')).fishCompletion(root, programs),
};

/** Every command and flag of the program, as shells complete them. */
export async function completedProgram(io: Io): Promise<CompletedCommand> {
  const { commandTable } = await import('./table.ts');
  const commands = await Promise.all(
    commandTable.map(async ({ load, summary, aliases = [] }) => {
      const command = (await load())(io, () => {});
      return { ...completed(command), description: summary, aliases };
    }),
  );
  const help = { name: 'help', aliases: [], description: 'Show help for a command', flags: [], commands: [] };
  const verbosity = { names: ['-v', '--v'], description: 'Verbosity of the story', takesValue: true, values: [] };
  const language = {
    names: ['--lang'],
    description: 'Language of what is told',
    takesValue: true,
    values: ['en', 'zh'],
  };
  const flags = [verbosity, language, helpFlag];
  return { name: 'kinit', aliases: [], description: '', flags, commands: [...commands, help] };
}

const helpFlag = { names: ['-h', '--help'], description: 'Show help', takesValue: false, values: [] };

function completed(command: Command): CompletedCommand {
  const shown = command.createHelp().visibleCommands(command);
  const flags = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ short, long, description, required, argChoices }) => ({
      names: [short, long].filter((name) => name !== undefined),
      description,
      takesValue: required,
      values: argChoices ?? [],
    }));
  return {
    name: command.name(),
    aliases: command.aliases(),
    description: command.summary() || command.description(),
    flags: [...flags, helpFlag],
    commands: shown.filter((child) => child.name() !== 'help').map((child) => completed(child as Command)),
  };
}
