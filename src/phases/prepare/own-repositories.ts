import { exitCodes, KinitError } from '../../errors.ts';
import {
  kubernetesRepositoryOf,
  type PackageSource,
  packageSources,
  sourcesWith,
} from '../../inventory/package-sources.ts';
import type { PrepareContext } from './context.ts';

/** All that kinit makes: the first for an operator's own source, the others for a public one. */
export const ownRepositoryIds = ['kinit', 'kinit-kubernetes', 'kinit-docker'] as const;

/** A repository file of kinit's own. */
export interface OwnRepository {
  readonly id: (typeof ownRepositoryIds)[number];
  readonly name: string;
  readonly baseUrl: string;
  readonly gpgKeys: readonly string[];
  /** Not installed or updated unless kinit says so. */
  readonly held: readonly string[];
}

const kubernetesPackages = ['kubelet', 'kubeadm', 'kubectl', 'cri-tools', 'kubernetes-cni'];
const runtimePackages = ['containerd.io', 'docker-ce', 'docker-ce-cli', 'docker-ce-rootless-extras'];

/** What an update of the whole system must not upgrade. */
export const heldPackages: readonly string[] = [...kubernetesPackages, ...runtimePackages];

/** The repositories that the inventory's source means for the host's distribution and the version. Throws KinitError. */
export function ownRepositories(context: PrepareContext): readonly OwnRepository[] {
  const { inventory, distribution, fromBundle } = context;
  const { source, gpgKeys } = inventory.packages;
  if (source === 'none' || fromBundle !== undefined || distribution.packageManager === undefined) return [];
  const named: PackageSource | undefined = Object.entries(packageSources).find(([name]) => name === source)?.[1];
  if (named === undefined) {
    const ofMinor = (url: string) => url.replaceAll('{minor}', `v1.${context.release.version.minor}`);
    const own = { baseUrl: ofMinor(source), gpgKeys: gpgKeys.map(ofMinor) };
    return [{ id: 'kinit', name: 'Kubernetes and its runtime', ...own, held: heldPackages }];
  }
  return [kubernetesRepository(named, context), dockerRepository(named, context)];
}

function kubernetesRepository(
  source: PackageSource,
  { inventory, release, facts, host }: PrepareContext,
): OwnRepository {
  const { minor } = release.version;
  const found = kubernetesRepositoryOf(source, { minor, architecture: facts.architecture });
  if (found === undefined) {
    throw new KinitError(`packages.source ${inventory.packages.source} has no packages of Kubernetes v1.${minor}`, {
      host: host.name,
      exitCode: exitCodes.badInput,
      hint: `sources that have them: ${sourcesWith(minor).join(', ')}`,
    });
  }
  return { ...found, id: 'kinit-kubernetes', held: kubernetesPackages };
}

function dockerRepository({ docker }: PackageSource, { distribution, facts, host }: PrepareContext): OwnRepository {
  if (distribution.dockerRelease === undefined) {
    throw new KinitError(`docker has no packages of containerd for ${distribution.name}`, { host: host.name });
  }
  return {
    id: 'kinit-docker',
    name: 'containerd and docker',
    baseUrl: `${docker}/${distribution.dockerRelease}/${facts.architecture}/stable`,
    gpgKeys: [`${docker}/gpg`],
    held: runtimePackages,
  };
}
