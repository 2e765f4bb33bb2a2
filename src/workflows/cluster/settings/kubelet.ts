import { bringBack } from '../../../execute/bring-back.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding, knowing } from '../../../execute/done.ts';
import { perform } from '../../../execute/executor.ts';
import { ended, entriesOf, journalOfStages, journalReads } from '../../../execute/journal.ts';
import type { Target } from '../../../execute/target.ts';
import { isReady } from '../../../kube/node.ts';
import { kubeletConfigUpgrade } from '../../../phases/upgrade/kubelet-config.ts';
import type { UpgradeContext } from '../../../phases/upgrade-context.ts';
import { lookFor, runStage } from '../../stage.ts';
import { lastSign, passGate } from '../upgrade/gate.ts';

const journal = journalOfStages('settings-kubelet');

const restarted: readonly Decided[] = [
  { phase: 'settings', change: { kind: 'command', argv: ['systemctl', 'restart', 'kubelet'] } },
];

/**
 * The kubelet of a node goes by the configuration that the cluster keeps for kubelets: written, begun anew, through the gate
 * where the node was Ready before. One that does not come through has what it had. Pods run on. Throws KinitError.
 */
export async function kubeletSettings(
  node: string,
  context: UpgradeContext,
  target: Target,
  deadline: number,
): Promise<readonly Decided[]> {
  const done: Decided[] = [];
  const kube = await target.kube();
  const there = await kube.get({ apiVersion: 'v1', kind: 'Node', name: node });
  const before = await lastSign(kube, node);
  const observed = await lookFor([kubeletConfigUpgrade], context, target, {}, journalReads(journal));
  const goesOn = entriesOf(journal, observed).length > 0;
  const how = target.rehearsal ? { observed } : { observed, journal };
  try {
    await adding(done, runStage([kubeletConfigUpgrade], context, target, {}, how));
    if (done.length === 0 && !goesOn) return done;
    await adding(done, perform(restarted, target));
    if (there !== undefined && isReady(there) && !target.rehearsal)
      await passGate({ node, version: undefined, before, deadline, advice }, target);
    await perform(
      ended(journal).map((change) => ({ phase: 'settings', change })),
      target,
    );
    return done;
  } catch (error) {
    if (target.signal.aborted || target.rehearsal || !(await bringBack(journal, target))) throw error;
    await perform(restarted, target).catch(() => {});
    throw knowing(error, []);
  }
}

const advice =
  'the kubelet has its settings of before again; `journalctl -u kubelet` says what it did not take: mend KubeletConfiguration in the file, then run the same command again';
