import type { Target } from '../../execute/target.ts';
import { fingerprintAnnotation, forgottenInventory } from '../../phases/inventory-marks.ts';
import { runStage } from '../stage.ts';

/** A restored cluster says of its nodes what held when the snapshot was made: the next `up` is to look at all of them. Throws KinitError. */
export async function forgetInventory(target: Target): Promise<void> {
  const nodes = await (await target.kube()).list({ apiVersion: 'v1', kind: 'Node' });
  const marked = nodes.filter(({ metadata: { annotations = {} } }) => annotations[fingerprintAnnotation] !== undefined);
  await runStage([forgottenInventory], { nodes: marked.map(({ metadata: { name } }) => name) }, target);
}
