/** A flag as a shell completes it. */
export interface CompletedFlag {
  /** `--output` and, where it has one, `-o`. */
  readonly names: readonly string[];
  readonly description: string;
  /** A word of its own follows. */
  readonly takesValue: boolean;
  /** All values that it takes, where they are few. */
  readonly values: readonly string[];
}

/** A command as a shell completes it. */
export interface CompletedCommand {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  readonly flags: readonly CompletedFlag[];
  readonly commands: readonly CompletedCommand[];
}

/** A command with its place: `/`, `/init`, `/init/phase`. */
export interface Placed {
  readonly path: string;
  readonly command: CompletedCommand;
}

/** The command and all below it, the outer ones first. */
export function everyPlace(command: CompletedCommand, path = ''): readonly Placed[] {
  return [{ path, command }, ...command.commands.flatMap((each) => everyPlace(each, `${path}/${each.name}`))];
}

/** What leads from one place to the next: every word that names a sub-command, and where it leads. */
export function everyStep(
  root: CompletedCommand,
): readonly { readonly words: readonly string[]; readonly path: string }[] {
  return everyPlace(root).flatMap(({ path, command }) =>
    command.commands.map(({ name, aliases }) => ({
      words: [name, ...aliases].map((word) => `${path}/${word}`),
      path: `${path}/${name}`,
    })),
  );
}

/** Flags of any command that are followed by a word of their own, which is then no sub-command. */
export function valueFlags(root: CompletedCommand): readonly string[] {
  const flags = everyPlace(root).flatMap(({ command }) => command.flags.filter(({ takesValue }) => takesValue));
  return [...new Set(flags.flatMap(({ names }) => names))].sort();
}

/** A word as the shell reads it, in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
