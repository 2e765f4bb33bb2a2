import { Command } from 'commander';
import type { PhaseName } from '../release/phase-trees.ts';

export interface PhaseCommands {
  /** Of the parent: `init`, `join`, `reset`. */
  readonly verb: string;
  readonly tree: readonly PhaseName[];
  /** What a phase is about; kubeadm's name where there is nothing to say. */
  readonly titles: ReadonlyMap<string, string>;
  /** Adds the flags that the phase takes. */
  readonly addOptions: (command: Command, phase: string) => void;
  /** `certs`, `certs/apiserver`, `certs/all`. */
  readonly run: (path: string, command: Command) => Promise<void>;
}

/** `phase` with a command for every phase and sub-phase, by kubeadm's names and aliases. */
export function phaseCommand(commands: PhaseCommands): Command {
  const { verb, tree } = commands;
  const text = `Run one phase of ${verb} alone`;
  const parent = new Command('phase').summary(text).description(text);
  for (const phase of tree) {
    if (phase.steps === undefined) {
      parent.addCommand(leaf(phase, phase.name, phase.name, commands), { hidden: phase.hidden === true });
      continue;
    }
    const group = named(phase, phase.name, commands);
    for (const step of phase.steps) {
      const path = `${phase.name}/${step.name}`;
      group.addCommand(leaf(step, path, phase.name, commands), { hidden: step.hidden === true });
    }
    parent.addCommand(group, { hidden: phase.hidden === true });
  }
  return parent;
}

function leaf(phase: PhaseName, path: string, top: string, commands: PhaseCommands): Command {
  const command = named(phase, path, commands);
  commands.addOptions(command, top);
  return command.action(async (...parts: readonly unknown[]) => commands.run(path, parts.at(-1) as Command));
}

function named({ name, aliases = [] }: PhaseName, path: string, { titles, verb }: PhaseCommands): Command {
  const title = titles.get(path) ?? titles.get(name);
  const command = new Command(name).description(`Phase ${path} of ${verb}${title === undefined ? '' : `: ${title}`}`);
  for (const alias of aliases) command.alias(alias);
  return command;
}
