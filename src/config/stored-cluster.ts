import { InputError, KinitError } from '../errors.ts';
import type { ApiVersion, WrittenApiVersion } from '../release/config-api.ts';
import { type Release, releaseFor } from '../release/release.ts';
import { admitted, parseVersion } from '../release/version.ts';
import { completeCluster } from './cluster.ts';
import { deepFreeze, defaults } from './defaults.ts';
import { readConfigFile } from './read.ts';
import { isImageRepository } from './rules.ts';
import type { ClusterConfiguration } from './types.ts';

/** A cluster's own configuration, as the ConfigMap kubeadm-config holds it. */
export interface StoredCluster {
  readonly cluster: ClusterConfiguration;
  /** The version it is stored in; v1beta1 became v1beta2 with kubeadm v1.15. */
  readonly apiVersion: WrittenApiVersion;
  /** Fields that kinit does not know; they go back where they were. */
  readonly unknown: Readonly<Record<string, unknown>>;
}

/**
 * The ClusterConfiguration in `yamlText` (kubeadm-config's data.ClusterConfiguration), of kinit or any kubeadm.
 * Unknown fields are kept, not refused. With `target`: as it is to be at that release, which takes images from where they
 * are now. Throws KinitError where it is none, or of a version that kinit does not serve.
 */
export async function storedCluster(yamlText: string, target?: Release): Promise<StoredCluster> {
  const place = 'the ConfigMap kube-system/kubeadm-config';
  try {
    const { cluster: document } = await readConfigFile(yamlText, place, { lenient: true });
    if (!document) throw new InputError([{ place, message: 'holds no ClusterConfiguration' }]);
    const { value, rest, apiVersion, placeOf } = document;
    const version = placeOf(['kubernetesVersion']);
    // Whether a run goes on with a version that kinit's tables stop before is the command's to say.
    const release = target ?? releaseFor(admitted(parseVersion(value.kubernetesVersion ?? '', version)), version);
    const completed = completeCluster(value, {
      release,
      bindPort: defaults.bindPort,
      controlPlaneTimeout: undefined,
      skipPhases: [],
    });
    const cluster = target === undefined ? completed : withImagesNow(completed, target);
    refuseStrangeImages(cluster, place);
    return deepFreeze({ cluster, apiVersion: writable(apiVersion), unknown: rest });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new KinitError(`cannot read the cluster's own configuration: ${error.message}`, { cause: error });
  }
}

/** An upgrade follows a repository that has moved (kubeadm v1.25 and later, release notes: #110343). */
function withImagesNow(cluster: ClusterConfiguration, { upgrade }: Release): ClusterConfiguration {
  const { imageRepository, dns } = cluster;
  const now = (repository: string) => upgrade.movedRepositories[repository] ?? repository;
  return {
    ...cluster,
    imageRepository: now(imageRepository),
    dns: dns.imageRepository === undefined ? dns : { ...dns, imageRepository: now(dns.imageRepository) },
  };
}

/** They become arguments of a node's kubelet, where a space would begin another one. */
function refuseStrangeImages({ imageRepository, dns }: ClusterConfiguration, place: string): void {
  for (const repository of [imageRepository, dns.imageRepository ?? imageRepository]) {
    if (isImageRepository(repository)) continue;
    throw new InputError([{ place: `${place} imageRepository`, message: `${JSON.stringify(repository)} is none` }]);
  }
}

function writable(apiVersion: string): WrittenApiVersion {
  const version = apiVersion.split('/')[1] as ApiVersion;
  return version === 'v1beta1' ? 'v1beta2' : version;
}
