import { PassThrough } from 'node:stream';
import { type Command, CommanderError, type Option } from 'commander';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../../src/commands/io.ts';
import { programFor } from '../../../src/commands/program.ts';
import { commandTable } from '../../../src/commands/table.ts';

const io: Io = {
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  terminal: new PassThrough(),
  env: {},
  cwd: '/',
  signal: new AbortController().signal,
  now: () => 0,
  result: () => undefined,
};

/** The program with a command of the table loaded, whose actions only tell what they were given. */
async function program(name: string): Promise<{ root: Command; ran: Command[] }> {
  const root = await programFor([name], io, () => undefined);
  const ran: Command[] = [];
  for (const leaf of leaves(root)) leaf.action((...parts) => void ran.push(parts.at(-1) as Command));
  return { root, ran };
}

function leaves(command: Command): Command[] {
  const children = command.commands.filter((child) => child.name() !== 'help') as Command[];
  return children.length === 0 ? [command] : children.flatMap(leaves);
}

function ancestors(command: Command): Command[] {
  return command.parent?.parent ? [command.parent as Command, ...ancestors(command.parent as Command)] : [];
}

function words(command: Command): string[] {
  return command.parent ? [...words(command.parent as Command), command.name()] : [];
}

function flag(option: Option): string[] {
  const { long, short, required, optional } = option;
  return [long ?? short ?? '', ...(required || optional ? [valueFor(option)] : [])];
}

/** One that the flag takes. */
function valueFor({ argChoices, parseArg }: Option): string {
  const values = argChoices ?? ['given', '22'];
  const taken = values.find((value) => {
    try {
      parseArg?.(value, undefined);
      return true;
    } catch {
      return false;
    }
  });
  return taken ?? 'none';
}

/** What the leaf makes of the flag before its name, or the error. */
async function outcome(root: Command, ran: Command[], argv: readonly string[]): Promise<Command | string> {
  ran.length = 0;
  const error = await root.parseAsync([...argv], { from: 'user' }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CommanderError) return error.code;
  if (error !== undefined) throw error;
  const [leaf] = ran;
  return leaf ?? 'nothing ran';
}

describe.each(commandTable.map(({ name }) => name))('kinit %s:', (name) => {
  it('every flag of every command with children counts before each child, or is refused', async () => {
    const { root, ran } = await program(name);
    const own = root.commands.find((each) => each.name() === name) as Command;
    const dropped: string[] = [];
    for (const leaf of leaves(own)) {
      const more = leaf.registeredArguments.filter(({ required }) => required).map(() => 'x');
      const needed = leaf.options.filter(({ mandatory }) => mandatory).flatMap(flag);
      for (const parent of ancestors(leaf)) {
        for (const option of parent.options.filter(({ hidden }) => !hidden)) {
          const path = words(parent);
          const argv = [...path, ...flag(option), ...words(leaf).slice(path.length), ...needed, ...more];
          const result = await outcome(root, ran, argv);
          const source = typeof result === 'string' ? undefined : result.getOptionValueSource(option.attributeName());
          if (source !== 'cli' && result !== 'commander.unknownOption') dropped.push(argv.join(' '));
        }
      }
    }
    expect(dropped).toEqual([]);
  });
});

describe('a flag before a child', () => {
  it.each([
    ['init --dry-run phase certs sa', { dryRun: true }],
    ['init --output-dir out --config a.yaml phase certs sa', { outputDir: 'out', config: 'a.yaml' }],
    ['init --host a phase --help', undefined],
    ['init --host a --host b phase certs sa --host c', { host: ['a', 'b', 'c'] }],
    ['init --cert-dir /a phase certs sa --cert-dir /b', { certDir: '/b' }],
    ['reset --dry-run --force phase cleanup-node', { dryRun: true, force: true }],
    ['join --token a phase kubelet-start', { token: 'a' }],
  ])('is the child’s: %s', async (line, expected) => {
    const { root, ran } = await program(line.split(' ')[0] ?? '');
    const result = await outcome(root, ran, line.split(' '));
    if (expected === undefined) expect(result).toBe('commander.helpDisplayed');
    else expect((result as Command).opts()).toMatchObject(expected);
  });

  it.each([
    ['init --upload-certs phase certs sa', 'commander.unknownOption'],
    ['init --skip-phases certs phase preflight', 'commander.unknownOption'],
    ['init --dry-runn phase certs sa', 'commander.unknownOption'],
    ['join 10.0.0.1:6443 phase preflight', 'commander.excessArguments'],
  ])('is refused where the child does not take it: %s', async (line, code) => {
    const { root, ran } = await program(line.split(' ')[0] ?? '');
    expect(await outcome(root, ran, line.split(' '))).toBe(code);
  });
});
