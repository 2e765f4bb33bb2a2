import { exitCodes, KinitError } from '../../../../errors.ts';
import { nearestVersions } from '../../../../execute/perform-packages.ts';
import type { Version } from '../../../../release/version.ts';
import type { Machine } from '../../up/up-input.ts';
import type { ClusterUpgrade } from '../upgrade-input.ts';
import { bundleFor } from './bundles.ts';
import type { KubeletsOffered } from './kubelets-offered.ts';
import type { Hop } from './walk.ts';

/** Throws KinitError, exit 2, for what `missingPackages` tells. */
export async function refuseMissingPackages(
  machines: ReadonlyMap<string, Machine>,
  hops: readonly Hop[],
  input: ClusterUpgrade,
  offers: KubeletsOffered,
): Promise<void> {
  const missing = await missingPackages(machines, hops, input, offers);
  const [first] = missing;
  if (first === undefined) return;
  const between = missing.find(({ to }) => to !== input.wish.target);
  throw new KinitError(`${missing.map(({ text }) => text).join('\n')}\nnothing was touched`, {
    host: first.host,
    exitCode: exitCodes.preflight,
    hint: (between ?? first).mend,
  });
}

/**
 * Hosts whose repositories lack the kubelet of a version that it goes to, on any hop: each is asked as it will be then, and
 * nothing of the host is touched. Throws KinitError.
 */
export async function missingPackages(
  machines: ReadonlyMap<string, Machine>,
  hops: readonly Hop[],
  input: ClusterUpgrade,
  offers: KubeletsOffered,
): Promise<readonly Missing[]> {
  const found = await Promise.all(
    [...machines].map(([name, machine]) => missingOn(machine, ownHops(name), offers, input)),
  );
  return found.flat();

  function ownHops(name: string): readonly Version[] {
    return hops.flatMap(({ to, kubelets }) =>
      kubelets.includes(name) && bundleFor(input, to) === undefined ? [to] : [],
    );
  }
}

/** A kubelet that a host cannot have. */
export interface Missing {
  readonly host: string;
  readonly to: Version;
  readonly text: string;
  readonly mend: string;
}

async function missingOn(
  machine: Machine,
  versions: readonly Version[],
  offers: KubeletsOffered,
  { wish }: ClusterUpgrade,
): Promise<readonly Missing[]> {
  const { name: host } = machine.host;
  const missing: Missing[] = [];
  for (const to of versions) {
    const offered = await offers(machine, to);
    const wanted = to.text.slice(1);
    if (offered === undefined || offered.versions.includes(wanted)) continue;
    const nearest = nearestVersions(wanted, offered.versions).join(', ');
    const text =
      offered.versions.length > 0
        ? `no repository of ${host} has kubelet ${wanted}; the nearest are ${nearest}`
        : `the repositories of ${host} tell of no kubelet at all: ${offered.why}`;
    const mend =
      to === wish.target
        ? 'name a version that is there (kubernetesVersion), or other repositories (packages.source)'
        : 'name patches that are there for the minors between (--through), or other repositories (packages.source)';
    missing.push({ host, to, text, mend });
  }
  return missing;
}
