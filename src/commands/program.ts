import { Command, Option } from 'commander';
import { giveFlagsToChild } from './flags-before.ts';
import { addHelpCommand, isGroup } from './help.ts';
import type { Io } from './io.ts';
import { whenEventsAreWanted } from './options/output.ts';
import { commandTable } from './table.ts';

/** The program with every command's name, and the one that is asked for really loaded. */
export async function programFor(argv: readonly string[], io: Io, exit: (code: number) => void): Promise<Command> {
  const program = new Command('kinit')
    .description(
      'Bring up Kubernetes on CentOS and RHEL-family machines: kubeadm’s flags, files and results, here or over SSH.',
    )
    .option('-v, --v <level>', 'verbosity of the story; 5 shows stack traces')
    .option('--lang <language>', 'language of what is told: en or zh (default: KINIT_LANG, else that of the locale)')
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for the flags of a command)')
    .exitOverride()
    .hook('preAction', giveFlagsToChild);
  if (io.words !== undefined && io.words.language !== 'en') {
    program.configureHelp((await import('./spoken-help.ts')).spokenHelp(io.words));
  }
  const [first, second] = words(argv);
  const wanted = first === 'help' ? second : first;
  for (const { name, aliases = [], summary, load } of commandTable) {
    const isWanted = wanted !== undefined && [name, ...aliases].includes(wanted);
    const command = isWanted ? (await load())(io, exit) : new Command(name).description(summary);
    command.summary(summary);
    for (const alias of aliases) if (!command.aliases().includes(alias)) command.alias(alias);
    program.addCommand(command);
  }
  for (const each of everyCommand(program)) if (isGroup(each)) addHelpCommand(each);
  for (const each of program.commands.flatMap((child) => everyCommand(child as Command))) {
    each.copyInheritedSettings(program).exitOverride().addOption(new Option('-v, --v <level>').hideHelp());
    each.addOption(new Option('--lang <language>').hideHelp());
    whenEventsAreWanted(each, () => io.result({}));
  }
  return program;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap((child) => everyCommand(child as Command))];
}

/** The words of a command line that are neither a flag nor what -v and --lang are given. */
function words(argv: readonly string[]): readonly string[] {
  return argv.filter((word, at) => !word.startsWith('-') && !['-v', '--v', '--lang'].includes(argv[at - 1] ?? ''));
}
