import { Command, Option } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import type { OpenPkiFlags } from './open-pki.ts';
import { addPkiIdentityOptions, addPkiRecipientOptions } from './pki-flags.ts';
import type { ListFlags, VerifyFlags } from './read-snapshots.ts';
import type { RestoreFlags } from './restore.ts';
import type { SaveFlags } from './save.ts';

/** The `kinit etcd snapshot` command tree. */
export function snapshotCommand(io: Io, exit: (code: number) => void): Command {
  return new Command('snapshot')
    .description('Save, check, list and restore snapshots of etcd')
    .addCommand(save(io, exit))
    .addCommand(verify(io))
    .addCommand(list(io, exit))
    .addCommand(restore(io))
    .addCommand(openPki(io));
}

function save(io: Io, exit: (code: number) => void): Command {
  const command = new Command('save')
    .description(
      'Save a snapshot of etcd on this machine, from a follower where there is one: no etcdctl is needed on any host. It has its name only when it is whole and its SHA-256 right.',
    )
    .argument('[path]', 'a folder, in which it gets a name of its own, or a new file (default: the current folder)')
    .option('--keep <n>', 'of a folder: remove all but the newest n snapshots of this cluster, once there is a new one')
    .option(
      '--on-hosts',
      'save one on each control plane instead, of its own member and in a folder there (default: that of the Inventory), the followers first',
    );
  addPkiRecipientOptions(command);
  addFlags(command, { config: sharedFlags['inventory-of-cluster'], lenient: sharedFlags.lenient });
  addTargetOptions(command);
  addOutputOption(command);
  return command.action(async (path: string | undefined, flags: SaveFlags) => {
    const { runSnapshotSave } = await import('./save.ts');
    await runSnapshotSave(path, flags, io, exit);
  });
}

function verify(io: Io): Command {
  return new Command('verify')
    .description(
      'Read a snapshot from its first byte to its last: whole, its SHA-256 right, its database readable, and of which cluster it is. Asks no host.',
    )
    .argument('<file>', 'the snapshot')
    .option('--ca <file>', 'a ca.crt: refuse the snapshot of a cluster with another CA')
    .addOption(format())
    .action(async (file: string, flags: VerifyFlags) => {
      const { runSnapshotVerify } = await import('./read-snapshots.ts');
      await runSnapshotVerify(file, flags, io);
    });
}

function list(io: Io, exit: (code: number) => void): Command {
  const command = new Command('list')
    .description(
      'Show the snapshots of a folder, the newest first, each read to its end; with --config or --host those on the control planes. Exits with 1 where one is not whole.',
    )
    .argument('[folder]', 'where they are (default: the current folder; on hosts, that of the Inventory)')
    .addOption(format());
  addFlags(command, { config: sharedFlags['inventory-of-cluster'], lenient: sharedFlags.lenient });
  addTargetOptions(command);
  return command.action(async (folder: string | undefined, flags: ListFlags) => {
    const { runSnapshotList } = await import('./read-snapshots.ts');
    exit(await runSnapshotList(folder, flags, io));
  });
}

function restore(io: Io): Command {
  const command = new Command('restore')
    .description(
      'Make a cluster what it was when a snapshot was made: on this control plane, on those of --host or on those of the file, all from the same snapshot. Refuses the snapshot of another cluster, or one that is not whole, before anything is touched; the data of now are set aside. Safe to kill and to run again.',
    )
    .argument('<file>', 'the snapshot, on this machine')
    .option('-y, --yes', 'do not ask')
    .option('--image <image>', 'an image with etcdutl, where that of etcd on the hosts has no tool that restores')
    .option('--pki <file>', 'the PKI that was saved beside it: what hosts lack of theirs is brought back first');
  addPkiIdentityOptions(command);
  addFlags(command, { config: sharedFlags['inventory-of-cluster'], lenient: sharedFlags.lenient });
  addTargetOptions(command);
  addOutputOption(command);
  return command.action(async (file: string, flags: RestoreFlags) => {
    const { runSnapshotRestore } = await import('./restore.ts');
    await runSnapshotRestore(file, flags, io);
  });
}

function openPki(io: Io): Command {
  const command = new Command('open-pki')
    .description(
      'Open the PKI that was saved beside a snapshot: a folder for each control plane, on this machine, for its owner alone. Writes over no file; `age -d FILE | tar x` does the same.',
    )
    .argument('<file>', 'what `kinit etcd snapshot save` has written: FILE.pki.age')
    .argument('[folder]', 'where it goes (default: the current folder)')
    .addOption(format());
  addPkiIdentityOptions(command);
  return command.action(async (file: string, folder: string | undefined, flags: OpenPkiFlags) => {
    const { runOpenPki } = await import('./open-pki.ts');
    await runOpenPki(file, folder, flags, io);
  });
}

function format(): Option {
  return new Option('-o, --output <format>', 'how to print it').choices(['text', 'json', 'yaml']).default('text');
}
