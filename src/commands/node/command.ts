import { Command } from 'commander';
import { addTakeDownOptions } from '../down/command.ts';
import type { Io } from '../io.ts';
import type { RemoveFlags } from './remove.ts';

/** The `kinit node` command tree. */
export function nodeCommand(io: Io, exit: (code: number) => void): Command {
  const remove = new Command('remove')
    .description(
      'Take one node out of its cluster: evict its pods, leave etcd, take Kubernetes off its host, undo its preparation, delete its node. A control plane whose host is lost is taken out through the others.',
    )
    .argument('<name>', 'name of the node');
  addTakeDownOptions(remove, '300');
  remove
    .option('--force', 'go on where pods do not leave in time; delete the node of a host that cannot be reached')
    .option('--host <target>', 'the host of a node that the file does not name: [user@]address[:port]', (host) => [
      host,
    ]);
  remove.action(async (name: string, flags: RemoveFlags) => {
    const { runNodeRemove } = await import('./remove.ts');
    await runNodeRemove(name, flags, io, exit);
  });
  return new Command('node').description('Take nodes out of a cluster').addCommand(remove);
}
