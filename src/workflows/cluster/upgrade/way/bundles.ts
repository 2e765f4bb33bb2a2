import type { BundleContent } from '../../../../bundle/bundle-file.ts';
import { exitCodes, KinitError } from '../../../../errors.ts';
import { parseVersion, type Version } from '../../../../release/version.ts';
import type { ClusterUpgrade } from '../upgrade-input.ts';
import type { Hop, Wish } from './walk.ts';

/** The bundle for a version. */
export function bundleFor({ bundles }: Pick<ClusterUpgrade, 'bundles'>, { text }: Version): BundleContent | undefined {
  return bundles.find(({ lock }) => lock.kubernetesVersion === text);
}

/** The wish, by the patches that bundles have where it names none. */
export function throughBundles({ wish, bundles }: Pick<ClusterUpgrade, 'wish' | 'bundles'>): Wish {
  const { target, through = new Map() } = wish;
  const found = bundles
    .map(({ lock }) => parseVersion(lock.kubernetesVersion, 'the version of a bundle'))
    .filter(({ minor }) => minor < target.minor);
  return { target, through: new Map([...found.map((version) => [version.minor, version] as const), ...through]) };
}

/** Throws KinitError, exit 3, for a version on the way that none of the bundles has, where there are any. */
export function refuseMissingBundles(hops: readonly Hop[], { bundles }: Pick<ClusterUpgrade, 'bundles'>): void {
  if (bundles.length === 0) return;
  const missing = hops.filter(({ to }) => bundleFor({ bundles }, to) === undefined).map(({ to }) => to.text);
  if (missing.length === 0) return;
  const there = bundles.map(({ lock }) => lock.kubernetesVersion).join(', ');
  throw new KinitError(`no bundle for ${missing.join(', ')}, which is on the way; there are: ${there}`, {
    exitCode: exitCodes.badInput,
    hint: `kinit bundle create --kubernetes-version ${missing[0]} where there is a network, then --bundle FILE for each of them`,
  });
}
