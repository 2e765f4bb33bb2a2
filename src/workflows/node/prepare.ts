import { didYouMean } from '../../config/nearest.ts';
import type { ClusterConfiguration } from '../../config/types.ts';
import { defined } from '../../defined.ts';
import { distributionOf } from '../../distribution/distribution.ts';
import { exitCodes, InputError, KinitError } from '../../errors.ts';
import type { Decided } from '../../execute/decided.ts';
import { preparation } from '../../execute/journal.ts';
import type { Run } from '../../execute/run.ts';
import { on } from '../../execute/target.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Host } from '../../host/host.ts';
import type { Inventory, InventoryHost } from '../../inventory/types.ts';
import { holdsBundle } from '../../phases/bundle/context.ts';
import { bundleOnly } from '../../phases/bundle/packages.ts';
import type { Release } from '../../release/release.ts';
import { runStage } from '../stage.ts';
import { preparePhases } from './prepare-phases.ts';

/** What the preparations of one cluster's hosts have in common. */
export interface PrepareInput {
  readonly inventory: Inventory;
  readonly release: Release;
  readonly cluster: ClusterConfiguration;
  /** Of the API server. */
  readonly bindPort: number;
  /** Address of the control plane that a joining node is led to; default: the first of the file. */
  readonly leader?: string;
  /** The cluster was made without an endpoint, and gets the file's. */
  readonly converts?: boolean;
  /** A node goes to the version: see PrepareContext. */
  readonly upgrades?: 'all' | 'kubelet';
  /** Options with which the package manager looks at a bundle and at nothing else; so too on a host that holds one. */
  readonly fromBundle?: readonly string[];
  readonly skipPhases: readonly string[];
  readonly run: Run;
}

/**
 * Makes a host ready for Kubernetes, or what is left of that to do; what it changes that is not kinit's is recorded before.
 * Returns what was changed. Throws KinitError.
 */
export async function prepareHost(host: Host, entry: InventoryHost, input: PrepareInput): Promise<readonly Decided[]> {
  const { inventory, release, cluster, bindPort, leader, converts, upgrades, run, skipPhases } = input;
  const { facts } = await host.observe({ facts: true });
  if (facts === undefined) throw new Error(`${host.name} told no facts`);
  const fromBundle = input.fromBundle ?? (holdsBundle(facts) ? bundleOnly : undefined);
  const distribution = distributionOf(facts) ?? unknownDistribution(facts, host);
  const context = {
    inventory,
    host: entry,
    facts,
    distribution,
    release,
    cluster,
    bindPort,
    ...defined({ leader, converts, upgrades, fromBundle }),
  };
  const target = on(run, { host, facts, release });
  return runStage(preparePhases, context, target, { skip: skipPhases }, { journal: preparation });
}

/** Throws InputError for names that are no phase of the preparation. */
export function checkPreparePhases(names: readonly string[]): void {
  const known = preparePhases.map(({ name }) => name);
  const strangers = names.filter((name) => !known.includes(name));
  if (strangers.length === 0) return;
  throw new InputError(
    strangers.map((name) => ({
      place: '--skip-phases',
      message: `prepare has no phase "${name}"${didYouMean(name, known)}`,
    })),
    `there are: ${known.join(' ')}`,
  );
}

function unknownDistribution({ os }: Facts, host: Host): never {
  throw new KinitError(`kinit does not know how to prepare ${os.name || os.id || 'this system'}`, {
    host: host.name,
    exitCode: exitCodes.preflight,
    hint: 'CentOS, RHEL and what is built like them are known; prepare this host by hand',
  });
}
