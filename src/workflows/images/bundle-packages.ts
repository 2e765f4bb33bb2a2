import type { ClusterConfiguration } from '../../config/types.ts';
import { distributionOf } from '../../distribution/distribution.ts';
import { exitCodes, KinitError } from '../../errors.ts';
import type { Facts } from '../../host/facts/facts.ts';
import { inventoryDefaults } from '../../inventory/printed-defaults.ts';
import type { Inventory } from '../../inventory/types.ts';
import type { PrepareContext } from '../../phases/prepare/context.ts';
import { ownRepositories } from '../../phases/prepare/own-repositories.ts';
import { repositoryText } from '../../phases/prepare/repositories.ts';
import { packagesOf } from '../../phases/prepare/wanted-packages.ts';
import { apiServerPort } from '../../release/ports.ts';
import type { Release } from '../../release/release.ts';
import type { PackageWish } from './gather-packages.ts';

/**
 * What preparation would install on a bare host like this one, and the repositories that it would add. Throws KinitError
 * where kinit installs nothing on such a host.
 */
export function bundlePackageWish(
  facts: Facts,
  {
    inventory = usual(),
    release,
    cluster,
  }: { inventory?: Inventory | undefined; release: Release; cluster: ClusterConfiguration },
): PackageWish {
  const distribution = distributionOf(facts);
  if (distribution?.packageManager === undefined) {
    throw new KinitError(`kinit installs no packages on ${facts.os.name}`, {
      exitCode: exitCodes.preflight,
      hint: 'gather them on a host of the RHEL family like those that the bundle is for (--host), or leave them out: --no-packages',
    });
  }
  const [host] = inventory.hosts.filter(({ role }) => role === 'control-plane');
  if (host === undefined) throw new Error('an inventory that was read has a control plane');
  const context: PrepareContext = {
    inventory,
    host,
    facts: bare(facts),
    distribution,
    release,
    cluster,
    bindPort: apiServerPort,
  };
  const files = ownRepositories(context).map((repository): [string, string] => [
    `${repository.id}.repo`,
    repositoryText(repository, inventory.packages.gpgCheck),
  ]);
  return { packages: packagesOf(context), repositories: new Map(files) };
}

/** Nothing is there yet that a package would bring. */
function bare(facts: Facts): Facts {
  return { ...facts, programs: new Map(), timeSync: { service: undefined, synchronized: undefined } };
}

function usual(): Inventory {
  return inventoryDefaults() as unknown as Inventory;
}
