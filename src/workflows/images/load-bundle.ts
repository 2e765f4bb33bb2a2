import { exitCodes, KinitError } from '../../errors.ts';
import type { Decided } from '../../execute/decided.ts';
import { adding } from '../../execute/done.ts';
import { preparation } from '../../execute/journal.ts';
import type { Target } from '../../execute/target.ts';
import type { BundleContext } from '../../phases/bundle/context.ts';
import { bundleImages, bundleRuntime } from '../../phases/bundle/images.ts';
import { bundleInstall, bundlePackages } from '../../phases/bundle/packages.ts';
import { runStage, type Stage } from '../stage.ts';

/** A bundle on a host that has no network, from its packages to its images. */
const bundleStages: readonly Stage<BundleContext>[] = [
  [bundlePackages],
  [bundleInstall],
  [bundleRuntime],
  [bundleImages],
];

/** The packages alone, for who installs and configures them: `yum --disablerepo=* --enablerepo=kinit-bundle`. */
export const bundlePackageStages: readonly Stage<BundleContext>[] = [[bundlePackages]];

/** The images alone, once a runtime is there. */
export const bundleImageStages: readonly Stage<BundleContext>[] = [[bundleRuntime], [bundleImages]];

/**
 * Brings what a host lacks of a bundle, or finishes what an earlier run began. Returns what was changed. Throws KinitError:
 * a bundle for another version (exit 3) or distribution (exit 2), a disk without room, a connection that stays broken.
 */
export async function loadBundle(
  context: BundleContext,
  target: Target,
  stages: readonly Stage<BundleContext>[] = bundleStages,
): Promise<readonly Decided[]> {
  const { kubernetesVersion } = context.lock;
  const wanted = target.release.version.text;
  if (kubernetesVersion !== wanted) {
    throw new KinitError(
      `the bundle is for Kubernetes ${kubernetesVersion}, and the configuration asks for ${wanted}`,
      {
        exitCode: exitCodes.badInput,
        hint: 'make a bundle for this configuration: kinit bundle create',
      },
    );
  }
  const changed: Decided[] = [];
  // What one stage installs, the next one has to see.
  const { facts: _, ...unseen } = target;
  for (const stage of stages) await adding(changed, runStage(stage, context, unseen, {}, { journal: preparation }));
  return changed;
}
