import { Command } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addSshOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import type { UpFlags } from './input.ts';

/** `kinit up`: from bare machines to a Ready cluster with one file. */
export function upCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('up').description(
    'Bring up the cluster of a file: check all hosts together, prepare them, bring up the control planes, join the workers, install the pod network, wait until the nodes are Ready. Safe to kill, to run again, and to run after editing the file.',
  );
  addUpOptions(command);
  command.option('--yes', 'with --prune: do not ask');
  addOutputOption(command);
  return command.action(async (flags: UpFlags) => {
    const { runUp } = await import('./run.ts');
    await runUp(flags, io, exit);
  });
}

/** What `up` and its plan take alike. */
export function addUpOptions(command: Command): void {
  command
    .option('--all', 'look at every host, those too that the cluster says are as the file wants them')
    .option('--bundle <file>', 'take packages and images from this bundle (kinit bundle create), without any network')
    .option(
      '--bundle-key <file>',
      'take only a bundle signed with the private half of this Ed25519 public key (PEM; default: bundle.keyFile of the Inventory)',
    )
    .option(
      '--prune',
      'take nodes out of the cluster that the file no longer has, control planes one by one and never at the cost of the quorum, and Kubernetes off their hosts',
    )
    .option('--timeout <seconds>', 'how long a node may take to become Ready', '300');
  const {
    'allow-unverified': unverified,
    'ignore-preflight-errors': ignored,
    inventory,
    lenient,
    parallel,
  } = sharedFlags;
  addFlags(command, {
    'allow-unverified': unverified,
    config: inventory,
    'ignore-preflight-errors': ignored,
    lenient,
    parallel,
  });
  addSshOptions(command);
}
