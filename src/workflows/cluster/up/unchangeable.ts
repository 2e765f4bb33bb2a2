import type { ClusterConfiguration } from '../../../config/types.ts';
import { exitCodes, KinitError } from '../../../errors.ts';
import { isOwnName } from '../../../inventory/endpoint.ts';
import { compareVersions, parseVersion } from '../../../release/version.ts';

/** The file names another version than the living cluster has, and asks for nothing else that it cannot have. */
export class VersionDiffers extends KinitError {
  override readonly name = 'VersionDiffers';
}

/** Throws VersionDiffers or KinitError, exit 2, naming all that the file wants otherwise than a living cluster can have it. */
export function refuseUnchangeable(wanted: ClusterConfiguration, living: ClusterConfiguration, host: string): void {
  const changed = unchangeable.filter(({ of, comes }) => of(wanted) !== of(living) && !comes?.(of(wanted), of(living)));
  if (changed.length === 0) return;
  const isNewer = compareVersions(parseVersion(wanted.kubernetesVersion), parseVersion(living.kubernetesVersion)) > 0;
  if (isNewer && changed.every(({ field }) => field === 'kubernetesVersion')) {
    const [from, to] = [living.kubernetesVersion, wanted.kubernetesVersion];
    throw new VersionDiffers(`the cluster has ${from}, the file ${to}: that is an upgrade, and nothing was touched`, {
      host,
      exitCode: exitCodes.preflight,
      hint: upgrades,
    });
  }
  const lines = changed.map(
    ({ field, of, reason }) =>
      `${field}: the cluster has ${shown(of(living))}, the file ${shown(of(wanted))}; ${reason}`,
  );
  throw new KinitError(`a living cluster cannot change this, and nothing was touched:\n  ${lines.join('\n  ')}`, {
    host,
    exitCode: exitCodes.preflight,
    hint: [...new Set(changed.map(({ mend }) => mend ?? anew))].join('\n  '),
  });
}

interface Unchangeable {
  readonly field: string;
  readonly of: (cluster: ClusterConfiguration) => string;
  /** Why, as a sentence about the cluster. */
  readonly reason: string;
  readonly mend?: string;
  /** A change that kinit can make all the same. */
  readonly comes?: (wanted: string, living: string) => boolean;
}

const upgrades =
  '`kinit plan` with the file shows the way there, `kinit upgrade` with it goes it, or write the version back as it was';
const anew = 'write it back as it was; `kinit down` and then `kinit up` make a new cluster with the new value';

/** What nodes, certificates and Services are built on: https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-reconfigure/ */
const unchangeable: readonly Unchangeable[] = [
  {
    field: 'kubernetesVersion',
    of: ({ kubernetesVersion }) => kubernetesVersion,
    reason: 'a new version is an upgrade, node by node',
    mend: upgrades,
  },
  {
    field: 'networking.podSubnet',
    of: ({ networking }) => networking.podSubnet ?? '',
    reason: 'every node has a part of it, and every pod an address',
  },
  {
    field: 'networking.serviceSubnet',
    of: ({ networking }) => networking.serviceSubnet,
    reason: 'Services have addresses of it, and the API server has a certificate for one',
  },
  {
    field: 'networking.dnsDomain',
    of: ({ networking }) => networking.dnsDomain,
    reason: 'kubelets, certificates and running pods have it',
  },
  {
    field: 'controlPlaneEndpoint',
    of: ({ controlPlaneEndpoint }) => controlPlaneEndpoint ?? '',
    reason: 'the certificates and the kubeconfigs of all nodes name it',
    // A cluster that was made without one gets kinit's own (convert-endpoint.ts).
    comes: (wanted, living) => living === '' && isOwnName(wanted),
  },
  {
    field: 'certificatesDir',
    of: ({ certificatesDir }) => certificatesDir,
    reason: 'the CA of the cluster lies there',
  },
  {
    field: 'etcd',
    of: ({ etcd }) => (etcd.external ? [...etcd.external.endpoints].sort().join(',') : `local, ${etcd.local?.dataDir}`),
    reason: 'all of its state is there',
  },
];

function shown(value: string): string {
  return value === '' ? 'none' : value;
}
