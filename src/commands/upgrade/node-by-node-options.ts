import type { Command } from 'commander';

/** How nodes go to another version, or back: what an upgrade and its way back have in common. */
export function addNodeByNodeOptions(command: Command): Command {
  return command
    .option(
      '--bundle <file>',
      'take packages and images of a version on the way from this bundle (kinit bundle create); one for each version',
      (file: string, before: readonly string[] = []) => [...before, file],
    )
    .option(
      '--bundle-key <file>',
      'take only bundles signed with the private half of this Ed25519 public key (PEM; default: bundle.keyFile of the Inventory)',
    )
    .option('--max-unavailable <n>', 'how many workers may be out of service at once: 2, or 30%', '1')
    .option('--drain-timeout <seconds>', 'how long pods may take to leave a node', '300')
    .option('--force', 'go on where pods do not leave a node in time')
    .option('--timeout <seconds>', 'how long a node may take to become Ready with its other version', '300');
}
