import { compareVersions, tryParseVersion, type Version } from '../../../../release/version.ts';
import type { Machine } from '../../up/up-input.ts';
import type { ClusterUpgrade } from '../upgrade-input.ts';
import type { KubeletsOffered } from './kubelets-offered.ts';
import { minorsBetween, newestOf, type Wish } from './walk.ts';

/**
 * The wish, by the newest patches that the repositories of a host have of the minors on the way, where it names none and
 * there are no bundles. Throws KinitError where the host does not answer.
 */
export async function throughRepositories(
  wish: Wish,
  cluster: Version,
  machine: Machine,
  { bundles }: Pick<ClusterUpgrade, 'bundles'>,
  offers: KubeletsOffered,
): Promise<Wish> {
  const { target, through = new Map<number, Version>() } = wish;
  if (bundles.length > 0) return wish;
  const found = new Map(through);
  // One after the other: yum lets nobody in beside it.
  for (const minor of minorsBetween(cluster, target).filter((one) => !through.has(one))) {
    const offered = await offers(machine, newestOf(minor));
    const newest = newestPatch(minor, offered?.versions ?? []);
    if (newest !== undefined) found.set(minor, newest);
  }
  return { target, through: found };
}

function newestPatch(minor: number, offered: readonly string[]): Version | undefined {
  return offered
    .flatMap((text) => tryParseVersion(`v${text}`) ?? [])
    .filter((version) => version.minor === minor && /^v\d+\.\d+\.\d+$/.test(version.text))
    .sort(compareVersions)
    .at(-1);
}
