import { Command } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import type { SaveFlags } from './save.ts';

/** The `kinit etcd snapshot` command tree. */
export function snapshotCommand(io: Io): Command {
  return new Command('snapshot').description('Save, check, list and restore snapshots of etcd').addCommand(save(io));
}

function save(io: Io): Command {
  const command = new Command('save')
    .description(
      'Save a snapshot of etcd on this machine, from a follower where there is one: no etcdctl is needed on any host. It has its name only when it is whole and its SHA-256 right.',
    )
    .argument('[path]', 'a folder, in which it gets a name of its own, or a new file (default: the current folder)');
  addFlags(command, { config: sharedFlags['inventory-of-cluster'], lenient: sharedFlags.lenient });
  addTargetOptions(command);
  addOutputOption(command);
  return command.action(async (path: string | undefined, flags: SaveFlags) => {
    const { runSnapshotSave } = await import('./save.ts');
    await runSnapshotSave(path, flags, io);
  });
}
