import type { UpgradeConfig } from '../../../config/types.ts';
import { exitCodes, KinitError } from '../../../errors.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding } from '../../../execute/done.ts';
import type { Target } from '../../../execute/target.ts';
import { withImages } from '../../../phases/image-pull.ts';
import { wayBackKept } from '../../../phases/rollback/keep.ts';
import { healthCheckJob, healthJobGone } from '../../../phases/upgrade/health-job.ts';
import { nodeMarksUpgrade } from '../../../phases/upgrade/marks.ts';
import { upgradePreflight, upgradePull } from '../../../phases/upgrade/preflight.ts';
import type { UpgradeContext } from '../../../phases/upgrade-context.ts';
import { isSelected, runStage } from '../../stage.ts';
import { clusterStages } from './cluster-stages.ts';
import { enforcePolicy } from './policy.ts';
import { beginKeys, upgradeStaticPods } from './static-pods.ts';
import { type BegunUpgrade, beginUpgrade, type UpgradedNode, type UpgradeInput, upgradeSelection } from './upgrade.ts';

/** What `upgrade apply` goes by. */
export interface ApplyInput extends UpgradeInput {
  readonly settings: UpgradeConfig['apply'];
  /** How far kubelets may be behind was decided before, by Kubernetes' own policy. */
  readonly kubeletsDecided?: boolean;
  /** Ends when nothing brings the node images any more beside this: those that it has got. */
  readonly imagesAhead?: Promise<readonly string[]>;
  /** Asks whether to go on, when everything is known and nothing is touched; without it nobody is asked. */
  readonly confirm?: () => Promise<boolean>;
}

/**
 * `upgrade apply`: brings the cluster's first control plane, and what the cluster keeps of itself, to the target's release.
 * A run that was killed anywhere is finished by the next one. Throws KinitError; static pods that do not come up are what
 * they were before.
 */
export async function upgradeControlPlane(target: Target, input: ApplyInput): Promise<UpgradedNode> {
  const selection = upgradeSelection('upgradeApply', target.release, input);
  const begun = await beginUpgrade(target, input, true);
  const { context, living } = begun;
  if (!living.isControlPlane) throw noControlPlane(target);
  const changed: Decided[] = [];
  if (isSelected('control-plane', selection)) beginKeys(context, target);
  if (isSelected('preflight', selection)) await adding(changed, prepared(begun, input));
  const place = begun.target;
  if (isSelected('control-plane', selection)) {
    tell(place, `[upgrade/apply] Upgrading your Static Pod-hosted control plane to version "${to(begun)}"...`);
    await adding(changed, upgradeStaticPods(context, place));
    await adding(changed, runStage([nodeMarksUpgrade], context, place));
  }
  await adding(changed, runStage([wayBackKept], context, place));
  for (const { stage, journal } of clusterStages(context)) {
    const how = journal === undefined ? {} : { journal, undoOnFailure: true };
    await adding(changed, runStage(stage, context, place, selection, how));
  }
  const { nodeName: node, isControlPlane } = living;
  return { node, isControlPlane, from: context.from, to: context.release.version, changed };
}

/** Everything that can be known beforehand, then the images, before anything is stopped. */
async function prepared(
  begun: BegunUpgrade,
  { settings, confirm, imagesAhead, kubeletsDecided = false }: ApplyInput,
): Promise<readonly Decided[]> {
  const { context, target } = begun;
  await runStage([upgradePreflight], context, target);
  await enforcePolicy(begun, target, { ...settings, force: settings.forceUpgrade, kubeletsDecided });
  const hurry = new AbortController();
  const checked = healthy(context, target, hurry.signal);
  // Where nobody is asked, the images come meanwhile.
  if (confirm === undefined) {
    const pulled = pull();
    pulled.catch(() => hurry.abort());
    const first = await Promise.all([checked, pulled]).then(nothing, (error: unknown) => ({ error }));
    await Promise.allSettled([checked, pulled]);
    if (first !== undefined) throw first.error;
    return pulled;
  }
  await checked;
  if (!(await confirm())) {
    throw new KinitError("won't proceed; the user didn't answer (Y|y) in order to continue", {
      exitCode: exitCodes.preflight,
      hint: 'answer y, or give --yes where nobody can be asked',
    });
  }
  return pull();

  async function pull(): Promise<readonly Decided[]> {
    const brought = (await imagesAhead) ?? [];
    const { facts } = target;
    const now = facts === undefined ? target : { ...target, facts: withImages(facts, brought) };
    return runStage([upgradePull], context, now);
  }
}

/** Throws KinitError where the cluster does not run a job to its end, or is not waited for any more; the job goes in any case. */
async function healthy(context: UpgradeContext, target: Target, hurry: AbortSignal): Promise<void> {
  if (target.rehearsal) return;
  const waiting = { ...target, signal: AbortSignal.any([target.signal, hurry]) };
  const failed = await runStage([healthCheckJob], context, waiting).then(nothing, (error: unknown) => ({ error }));
  await runStage([healthJobGone], context, target).catch((error: unknown) => {
    throw failed?.error ?? error;
  });
  if (failed !== undefined) throw failed.error;
}

const nothing = () => undefined;

function noControlPlane({ host }: Target): KinitError {
  return new KinitError('this host runs no control plane', {
    host: host.name,
    exitCode: exitCodes.preflight,
    hint: 'run `kinit upgrade apply` on a control plane of the cluster, and `kinit upgrade node` here after it',
  });
}

function to({ context }: BegunUpgrade): string {
  return context.release.version.text;
}

function tell({ reporter, host }: Target, text: string): void {
  reporter.report({ type: 'line', host: host.name, phase: 'control-plane', text });
}
