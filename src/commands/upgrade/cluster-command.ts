import type { Command } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addSshOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import type { ClusterUpgradeFlags } from './cluster.ts';
import { addNodeByNodeOptions } from './node-by-node-options.ts';

/** `kinit upgrade --config FILE`: the whole cluster of a file. */
export function addClusterUpgrade(command: Command, io: Io, exit: (code: number) => void): void {
  command
    .option('--to <version>', 'the version to go to (default: kubernetesVersion of the file)')
    .option(
      '--through <versions>',
      'patches of the minors on the way, as v1.21.14,v1.22.17 (default: the newest that the repositories or bundles have)',
    );
  addNodeByNodeOptions(command)
    .option(
      '--snapshot-dir <dir>',
      'where etcd is kept as it was before (default: etcd-snapshots in the current folder)',
    )
    .option('--no-snapshot', 'keep none')
    .option('--dry-run', 'show the way and what it would break; change nothing');
  const { 'ignore-preflight-errors': ignored, inventory, lenient } = sharedFlags;
  addFlags(command, { config: inventory, 'ignore-preflight-errors': ignored, lenient });
  addSshOptions(command);
  addOutputOption(command);
  command.action(async (flags: ClusterUpgradeFlags) => {
    const { runClusterUpgrade } = await import('./cluster.ts');
    await runClusterUpgrade(flags, io, exit);
  });
}
