import { distributionOf } from '../../../distribution/distribution.ts';
import { exitCodes, KinitError } from '../../../errors.ts';
import { nearestVersions, offeredVersions } from '../../../execute/perform-packages.ts';
import type { Facts } from '../../../host/facts/facts.ts';
import { ownRepositories } from '../../../phases/prepare/own-repositories.ts';
import { repositoryText } from '../../../phases/prepare/repositories.ts';
import { releaseFor } from '../../../release/release.ts';
import type { Version } from '../../../release/version.ts';
import { prepareInput } from '../up/make-ready.ts';
import type { Machine } from '../up/up-input.ts';
import { bundleFor } from './bundles.ts';
import type { ClusterUpgrade } from './upgrade-input.ts';
import type { Hop } from './walk.ts';

/**
 * Throws KinitError, exit 2, where a host's repositories lack the kubelet of a version that it goes to, on any hop: each is
 * asked as it will be then, and nothing of the host is touched.
 */
export async function refuseMissingPackages(
  machines: ReadonlyMap<string, Machine>,
  hops: readonly Hop[],
  input: ClusterUpgrade,
): Promise<void> {
  const found = await Promise.all([...machines].map(([name, machine]) => missingOn(machine, ownHops(name), input)));
  const missing = found.flat();
  const [first] = missing;
  if (first === undefined) return;
  const between = missing.find(({ to }) => to !== input.wish.target);
  throw new KinitError(`${missing.map(({ text }) => text).join('\n')}\nnothing was touched`, {
    host: first.host,
    exitCode: exitCodes.preflight,
    hint: between
      ? 'name patches that are there for the minors between (--through), or other repositories (packages.source)'
      : 'name a version that is there (kubernetesVersion), or other repositories (packages.source)',
  });

  function ownHops(name: string): readonly Version[] {
    return hops.flatMap(({ to, kubelets }) =>
      kubelets.includes(name) && bundleFor(input, to) === undefined ? [to] : [],
    );
  }
}

interface Missing {
  readonly host: string;
  readonly to: Version;
  readonly text: string;
}

async function missingOn(
  { host, entry }: Machine,
  versions: readonly Version[],
  input: ClusterUpgrade,
): Promise<readonly Missing[]> {
  if (versions.length === 0) return [];
  const { facts } = await host.observe({ facts: true });
  const manager = facts && distributionOf(facts)?.packageManager;
  if (facts === undefined || manager === undefined) return [];
  const missing: Missing[] = [];
  for (const to of versions) {
    const wanted = to.text.slice(1);
    const asked = await host.run(kubeletsOffered(manager), {
      stdin: repositoriesFor(to, { host, entry }, facts, input),
      deadline: listDeadline,
    });
    const offered = offeredVersions(asked.stdout).get('kubelet') ?? [];
    if (offered.includes(wanted)) continue;
    const nearest = nearestVersions(wanted, offered).join(', ');
    const [why = 'no answer'] = asked.stderr.trim().split('\n').slice(-1);
    const text =
      offered.length > 0
        ? `no repository of ${host.name} has kubelet ${wanted}; the nearest are ${nearest}`
        : `the repositories of ${host.name} tell of no kubelet at all: ${why || 'no answer'}`;
    missing.push({ host: host.name, to, text });
  }
  return missing;
}

/** The repository files that the host will have for a version; empty where they are the operator's. */
function repositoriesFor(version: Version, { entry }: Machine, facts: Facts, input: ClusterUpgrade): string {
  const distribution = distributionOf(facts);
  if (distribution === undefined) return '';
  const release = releaseFor(version);
  const { inventory, cluster, bindPort } = prepareInput(input, { release, run: input.run });
  const context = { inventory, host: input.entryOf(entry), facts, distribution, release, cluster, bindPort };
  return ownRepositories(context)
    .map((repository) => repositoryText(repository, inventory.packages.gpgCheck))
    .join('\n');
}

/** Seconds; mirrors can be slow. */
const listDeadline = 300;

/** A command that lists the kubelets of the repositories on its standard input, or else of those that the host has. */
export function kubeletsOffered(manager: string): readonly string[] {
  return ['sh', '-c', asking, 'kinit', manager];
}

/** In folders of its own: yum keeps what a repository has by its name alone, whatever its URL. */
const asking = `
manager=$1; shift
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cat >"$folder/kinit.repo" || exit
[ ! -s "$folder/kinit.repo" ] || set -- "--setopt=reposdir=$folder" "--setopt=cachedir=$folder/cache"
"$manager" -q "$@" --disableexcludes=all --showduplicates list kubelet`;
