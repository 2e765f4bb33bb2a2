import { distributionOf } from '../../../../distribution/distribution.ts';
import { listingKubelets } from '../../../../distribution/package-questions.ts';
import { offeredVersions } from '../../../../execute/perform-packages.ts';
import type { Facts } from '../../../../host/facts/facts.ts';
import { ownRepositories } from '../../../../phases/prepare/own-repositories.ts';
import { repositoryText } from '../../../../phases/prepare/repositories.ts';
import { releaseFor } from '../../../../release/release.ts';
import type { Version } from '../../../../release/version.ts';
import { prepareInput } from '../../up/make-ready.ts';
import type { Machine } from '../../up/up-input.ts';
import type { NodeByNode } from '../upgrade-input.ts';

/** What the repositories of a host tell of its kubelets. */
export interface Offered {
  /** `1.21.14` */
  readonly versions: readonly string[];
  /** Why there are none, in the package manager's words. */
  readonly why: string;
}

/** Asks a host's repositories as they will be for a version; undefined where it has no package manager that kinit knows. */
export type KubeletsOffered = (machine: Machine, version: Version) => Promise<Offered | undefined>;

/**
 * Who asks hosts' repositories and touches nothing of the hosts: each repository of a host once, whatever version it is asked
 * for. It throws KinitError where a host does not answer.
 */
export function kubeletsOffered(input: NodeByNode): KubeletsOffered {
  const asked = new Map<string, Promise<Offered>>();
  return async (machine, version) => {
    const { facts } = await machine.host.observe({ facts: true });
    const manager = facts && distributionOf(facts)?.packageManager;
    if (facts === undefined || manager === undefined) return undefined;
    const repositories = repositoriesFor(version, machine, facts, input);
    const key = `${machine.entry.name}\n${repositories}`;
    const answer = asked.get(key) ?? ask(machine, manager, repositories);
    asked.set(key, answer);
    return answer;
  };
}

async function ask({ host }: Machine, manager: string, repositories: string): Promise<Offered> {
  const { stdout, stderr } = await host.run(listingKubelets(manager), { stdin: repositories, deadline: listDeadline });
  const [why = ''] = stderr.trim().split('\n').slice(-1);
  return { versions: offeredVersions(stdout).get('kubelet') ?? [], why: why || 'no answer' };
}

/** The repository files that the host will have for a version; empty where they are the operator's. */
export function repositoriesFor(version: Version, { entry }: Machine, facts: Facts, input: NodeByNode): string {
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
