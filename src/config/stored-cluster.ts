import { InputError, KinitError } from '../errors.ts';
import type { ApiVersion, WrittenApiVersion } from '../release/config-api.ts';
import { type Release, releaseFor } from '../release/release.ts';
import { admitted, parseVersion } from '../release/version.ts';
import type { YamlPath } from '../yaml-place.ts';
import { checkForms } from './check-cluster.ts';
import { completeCluster } from './cluster.ts';
import { deepFreeze, defaults } from './defaults.ts';
import { findings, type Report } from './findings.ts';
import { parseSubnets } from './network.ts';
import { readConfigFile } from './read.ts';
import { isSubdomain } from './rules.ts';
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
    refuseStrange(cluster, placeOf);
    return deepFreeze({ cluster, apiVersion: writable(apiVersion), unknown: rest });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new KinitError(`cannot read the cluster's own configuration: ${error.message}`, { cause: error });
  }
}

/** The cluster as it takes its images at a release: an upgrade follows a repository that has moved (kubeadm v1.25 and later, release notes: #110343). */
export function withImagesNow(cluster: ClusterConfiguration, { upgrade }: Release): ClusterConfiguration {
  const { imageRepository, dns } = cluster;
  const now = (repository: string) => upgrade.movedRepositories[repository] ?? repository;
  return {
    ...cluster,
    imageRepository: now(imageRepository),
    dns: dns.imageRepository === undefined ? dns : { ...dns, imageRepository: now(dns.imageRepository) },
  };
}

/**
 * What is stored becomes arguments, paths and images on nodes: values that are none are refused. What only a release's own
 * rules forbid is the commands' to say, as the cluster runs with it.
 */
function refuseStrange(cluster: ClusterConfiguration, placeOf: (path: YamlPath) => string): void {
  const found = findings();
  const report: Report = (path, message) => found.report(placeOf(path), message);
  checkForms(cluster, report);
  const { podSubnet, serviceSubnet, dnsDomain } = cluster.networking;
  for (const [name, text] of Object.entries({ podSubnet, serviceSubnet })) {
    if (text !== undefined && parseSubnets(text) === undefined) report(['networking', name], `"${text}" is no subnet`);
  }
  if (!isSubdomain(dnsDomain)) report(['networking', 'dnsDomain'], `"${dnsDomain}" is no DNS domain (RFC 1123)`);
  found.throwIfAny();
}

function writable(apiVersion: string): WrittenApiVersion {
  const version = apiVersion.split('/')[1] as ApiVersion;
  return version === 'v1beta1' ? 'v1beta2' : version;
}
