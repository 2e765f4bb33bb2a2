import { exitCodes, KinitError } from '../../../../errors.ts';
import { failure, type Problem } from '../../../../preflight/problem.ts';
import { untoldImage } from '../../../../preflight/upgrade/images.ts';
import type { LivingCluster } from '../../living-cluster.ts';
import type { Machine } from '../../up/up-input.ts';
import type { ClusterUpgrade } from '../upgrade-input.ts';
import { unfitHosts } from './hosts-ahead.ts';
import { untoldImages } from './images-ahead.ts';
import type { KubeletsOffered } from './kubelets-offered.ts';
import { missingPackages } from './packages-ahead.ts';
import type { Hop } from './walk.ts';

/** What an upgrade asks its hosts before it begins, as rows of the table of its plan: all at once, and nothing is touched. */
export async function hostRisks(
  reach: () => Promise<ReadonlyMap<string, Machine>>,
  hops: readonly Hop[],
  { living, leavers, offers }: HostQuestions,
  input: ClusterUpgrade,
): Promise<readonly Problem[]> {
  if (hops.length === 0) return [];
  try {
    const machines = await reach();
    const [unfit, missing, untold] = await Promise.all([
      unfitHosts(machines, hops, living, input),
      missingPackages(machines, hops, input, offers),
      untoldImages(machines, hops, living, leavers, input),
    ]);
    return [
      ...unfit,
      ...missing.map(({ text, mend }) => failure('KubeletPackage', text, { mend })),
      ...untold.map(untoldImage),
    ];
  } catch (error) {
    if (!(error instanceof KinitError) || error.exitCode === exitCodes.interrupted) throw error;
    return [failure('Reachable', error.message, error.hint === undefined ? {} : { mend: error.hint })];
  }
}

interface HostQuestions {
  readonly living: LivingCluster;
  readonly leavers: ReadonlySet<string>;
  readonly offers: KubeletsOffered;
}
