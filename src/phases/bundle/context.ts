import type { Source } from '../../archive/source.ts';
import type { BundleLock } from '../../bundle/lock.ts';
import type { Facts } from '../../host/facts/facts.ts';

/** What the phases that bring a bundle to a host go by. */
export interface BundleContext {
  readonly lock: BundleLock;
  /** Names the content of the bundle, and with it its folder on a host. */
  readonly digest: string;
  readonly source: (path: string) => Source;
  /** A worker needs no control plane's images. */
  readonly role: 'control-plane' | 'worker';
  /** The socket of the host's runtime, as the configuration and the host's facts have it. */
  readonly criSocket: (facts: Facts) => string;
}

/** Where every bundle lies on a host. */
export const bundlesFolder = '/var/lib/kinit/bundle';

/** The repository file that makes a bundle's packages known to yum and dnf, and the repository's name in it. */
export const repositoryFile = '/etc/yum.repos.d/kinit-bundle.repo';
export const repositoryId = 'kinit-bundle';

/** Whether packages of a bundle have been brought to the host: it is without a network, and goes on with them. */
export function holdsBundle({ repositories }: Facts): boolean {
  return repositories.some(({ id }) => id === repositoryId);
}

/** The bundle's own folder: another content lies elsewhere. */
export function bundleFolder({ digest }: Pick<BundleContext, 'digest'>): string {
  return `${bundlesFolder}/${digest.slice(0, 16)}`;
}
