import type { Command, Help } from 'commander';

/** What stands in the head and foot of every page. */
export interface Edition {
  readonly version: string;
  /** Of the release, `2026-11-30`. */
  readonly date: string;
}

/** A command of the table, loaded. */
export interface DocumentedCommand {
  readonly summary: string;
  readonly command: Command;
}

/**
 * The manual of a program under that name, by groff's man macros: name of the page -> text. One for the program, and one
 * for each of its commands with all that are below it.
 */
export function manPages(
  program: string,
  description: string,
  commands: readonly DocumentedCommand[],
  edition: Edition,
): ReadonlyMap<string, string> {
  const names = commands.map(({ command }) => `${program}-${command.name()}`);
  const list = commands.map(({ command, summary }, at) =>
    entry(bold(`${program} ${command.name()}`), `${summary}; see ${names[at]}(1)`),
  );
  const whole = [
    head(program, edition),
    section('NAME', `${text(program)} \\- ${text(description)}`),
    section('SYNOPSIS', `${bold(program)} ${italic('command')} [options]`),
    section(
      'DESCRIPTION',
      `${text(description)}\n.PP\n${text(`Help for any of its commands: ${program} help command.`)}`,
    ),
    section('COMMANDS', ...list),
    section('SEE ALSO', names.map((name) => `${bold(name)}(1)`).join(',\n')),
  ];
  const pages = commands.map(({ command, summary }, at) => {
    const name = names[at] ?? '';
    const path = `${program} ${command.name()}`;
    const page = [
      head(name, edition),
      section('NAME', `${text(name)} \\- ${text(summary)}`),
      section('SYNOPSIS', synopsis(path, command)),
      section('DESCRIPTION', text(command.description())),
      ...optionsOf(command, (entries) => section('OPTIONS', ...entries)),
      ...below(path, command),
      section('SEE ALSO', `${bold(program)}(1)`),
    ];
    return [name, page.join('')] as const;
  });
  return new Map([[program, whole.join('')], ...pages]);
}

/** What is below a command, the outer ones first. */
function below(path: string, command: Command): readonly string[] {
  const children = helpOf(command)
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help') as readonly Command[];
  return children.flatMap((child) => {
    const place = `${path} ${child.name()}`;
    const own = [
      `.SH "${quoted(place.toUpperCase())}"\n`,
      `${synopsis(place, child)}\n.PP\n${text(child.description())}\n`,
    ];
    return [...own, ...optionsOf(child, (entries) => entries.join('')), ...below(place, child)];
  });
}

function optionsOf(command: Command, shown: (entries: readonly string[]) => string): readonly string[] {
  const help = helpOf(command);
  const places = help
    .visibleArguments(command)
    .map((argument) => entry(italic(help.argumentTerm(argument)), help.argumentDescription(argument)));
  const options = help
    .visibleOptions(command)
    .map((option) => entry(bold(help.optionTerm(option)), help.optionDescription(option)));
  return places.length + options.length === 0 ? [] : [shown([...places, ...options])];
}

function helpOf(command: Command): Help {
  return command.createHelp();
}

function synopsis(path: string, command: Command): string {
  return `${bold(path)} ${text(command.usage())}`;
}

function head(name: string, { version, date }: Edition): string {
  return `'\\" -*- coding: utf-8 -*-\n.TH "${quoted(name.toUpperCase())}" 1 "${date}" "kinit ${quoted(version)}" "kinit"\n.nh\n`;
}

function section(title: string, ...body: readonly string[]): string {
  return `.SH ${title}\n${body.map((part) => (part.endsWith('\n') ? part : `${part}\n`)).join('')}`;
}

function entry(term: string, description: string): string {
  return `.TP\n${term}\n${text(description)}\n`;
}

function bold(words: string): string {
  return `\\fB${text(words)}\\fR`;
}

function italic(words: string): string {
  return `\\fI${text(words)}\\fR`;
}

/** Words as they are meant: a line that begins with a point or an apostrophe would be a request to groff. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&')
    .replaceAll(/\n{2,}/g, '\n.PP\n');
}

function quoted(words: string): string {
  return text(words).replaceAll('"', '\\(dq');
}
