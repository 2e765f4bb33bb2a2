import { Command, Option } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import type { ForceNewClusterFlags } from './force-new-cluster.ts';
import type { MaintenanceFlags } from './maintain.ts';
import { snapshotCommand } from './snapshot-command.ts';

/** The `kinit etcd` command tree. */
export function etcdCommand(io: Io, exit: (code: number) => void): Command {
  const force = new Command('force-new-cluster')
    .description(
      'Bring back a cluster of which etcd has lost its quorum for good: the member of this control plane or, with --host, of another one goes on alone, from its own data. Refuses where a quorum is left. Safe to kill and to run again.',
    )
    .option('-y, --yes', 'do not ask');
  addTargetOptions(force);
  addOutputOption(force);
  force.action(async (flags: ForceNewClusterFlags) => {
    const { runForceNewCluster } = await import('./force-new-cluster.ts');
    await runForceNewCluster(flags, io);
  });
  return new Command('etcd')
    .description('Save and restore etcd, and bring back one that has lost its quorum')
    .addCommand(force)
    .addCommand(snapshotCommand(io, exit))
    .addCommand(status(io, exit))
    .addCommand(defrag(io))
    .addCommand(alarm(io));
}

function status(io: Io, exit: (code: number) => void): Command {
  const command = new Command('status')
    .description(
      'Show the members of etcd, each asked for itself: role, version, size and what is in use of it, revision, alarms. Exits with 1 where one is not well.',
    )
    .addOption(format());
  return onControlPlanes(command).action(async (flags: MaintenanceFlags) => {
    const { runEtcdStatus } = await import('./maintain.ts');
    exit(await runEtcdStatus(flags, io));
  });
}

function defrag(io: Io): Command {
  const command = new Command('defrag').description(
    'Give the free pages of etcd back to the disks: one member at a time, the leader last, each well again before the next. Refuses where a member is not well.',
  );
  addOutputOption(command);
  return onControlPlanes(command).action(async (flags: MaintenanceFlags) => {
    const { runDefrag } = await import('./maintain.ts');
    await runDefrag(flags, io);
  });
}

function alarm(io: Io): Command {
  const words = {
    list: 'Show what members of etcd say is wrong with them',
    disarm: 'Take all alarms back: one that still holds is raised again',
  };
  const commands = Object.entries(words).map(([what, description]) =>
    onControlPlanes(new Command(what).description(description).addOption(format())).action(
      async (flags: MaintenanceFlags) => {
        const { runAlarm } = await import('./maintain.ts');
        await runAlarm(what as keyof typeof words, flags, io);
      },
    ),
  );
  const tree = new Command('alarm').description('Show and disarm the alarms of etcd');
  for (const command of commands) tree.addCommand(command);
  return tree;
}

function onControlPlanes(command: Command): Command {
  addFlags(command, { config: sharedFlags['inventory-of-cluster'], lenient: sharedFlags.lenient });
  addTargetOptions(command);
  return command;
}

function format(): Option {
  return new Option('-o, --output <format>', 'how to print it').choices(['text', 'json', 'yaml']).default('text');
}
