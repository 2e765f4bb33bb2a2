import type { Command } from 'commander';
import type { Io } from '../../src/commands/io.ts';
import { commandTable } from '../../src/commands/table.ts';
import { targetOptions } from '../../src/host/targets.ts';
import { code, made, table, words } from './markdown.ts';

/** How hosts are reached: the same for every command that reaches any, so that a link is enough. */
const reachFlags = new Map(
  targetOptions
    .filter(({ flags }) => !flags.startsWith('--host '))
    .map(({ flags, description }) => [flags, description]),
);

/** A page for each command of the table, and one that lists them: path below docs/ -> text. */
export async function commandPages(): Promise<ReadonlyMap<string, string>> {
  // A command that is only described asks for nothing.
  const io = {} as Io;
  const commands = await Promise.all(
    commandTable.map(async ({ name, summary, load }) => ({ name, summary, command: (await load())(io, () => {}) })),
  );
  const pages = commands.map(({ name, command }) => [`${folder}/${name}.md`, commandPage(command)] as const);
  const rows = commands.map(({ name, summary, command }) => [
    `[${code(`kinit ${name}`)}](${name}.md)`,
    words(summary),
    childrenOf(command)
      .map((child) => code(child.name()))
      .join(' '),
  ]);
  return new Map([[`${folder}/README.md`, index(rows)], ...pages]);
}

const folder = 'reference/commands';
const source = 'the table of commands';

function index(rows: readonly (readonly string[])[]): string {
  return `# Commands
${made(source)}
${table(['command', 'what it does', 'below it'], rows)}
Every command takes ${code('--help')}, ${code('-v LEVEL')} and ${code('--lang en')} or ${code('--lang zh')}; [exit codes](../errors.md#exit-codes) are the same for all.

## Over SSH

Those that reach hosts take these as well:

${table(
  ['flag', 'what it does'],
  [...reachFlags].map(([flag, description]) => [code(flag), words(description)]),
)}`;
}

function commandPage(command: Command): string {
  return [`# kinit ${command.name()}\n${made(source)}\n`, ...described(command, `kinit ${command.name()}`)].join('');
}

/** Usage, words and flags of a command, then all that is below it. */
function described(command: Command, path: string): readonly string[] {
  const own = [
    `    ${path} ${command.usage()}\n\n`,
    `${words(command.description())}\n`,
    aliases(command),
    ...flags(command),
  ];
  const children = childrenOf(command);
  if (command.name() === 'phase') return [...own, '\n', phases(children, path)];
  return [
    ...own,
    ...children.flatMap((child) => {
      const place = `${path} ${child.name()}`;
      return [`\n## ${place}\n\n`, ...described(child, place)];
    }),
  ];
}

function aliases(command: Command): string {
  const names = command.aliases();
  return names.length === 0 ? '' : `\nAlso: ${names.map(code).join(', ')}.\n`;
}

function flags(command: Command): readonly string[] {
  const help = command.createHelp();
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  const own = options.filter(({ flags }) => !reachFlags.has(flags));
  const rows = [
    ...help
      .visibleArguments(command)
      .map((one) => [code(help.argumentTerm(one)), words(help.argumentDescription(one))]),
    ...own.map((option) => [code(help.optionTerm(option)), words(help.optionDescription(option))]),
  ];
  return [
    ...(rows.length === 0 ? [] : ['\n', table(['flag', 'what it does'], rows)]),
    ...(own.length === options.length ? [] : ['\nAnd [those of SSH](README.md#over-ssh).\n']),
  ];
}

/** Each takes those flags of the command above that concern it: a line is enough. */
function phases(children: readonly Command[], path: string): string {
  const rows = children.flatMap((child): readonly (readonly string[])[] => {
    const place = `${path} ${child.name()}`;
    const steps = childrenOf(child).map((step) => [code(`${place} ${step.name()}`), words(step.description())]);
    return [[code(place), words(child.description())], ...steps];
  });
  return `${table(['phase', 'what it does'], rows)}\nEach takes the flags that concern it: ${code(`${path} NAME --help`)}.\n`;
}

function childrenOf(command: Command): readonly Command[] {
  const shown = command.createHelp().visibleCommands(command);
  return shown.filter((child) => child.name() !== 'help') as readonly Command[];
}
