import type { RollbackResult } from '../workflows/cluster/rollback/rollback.ts';
import type { NodeBack, Way } from '../workflows/cluster/rollback/way.ts';
import { duration } from './host-board.ts';
import { table } from './host-table.ts';
import { outcomeTable } from './outcome-table.ts';
import { nodeObject } from './upgrade-text.ts';

const nothing = 'No node is in a version that could be taken back: nothing to do.\n';

/** What goes back, and in which order. */
export function wayText({ hop, back, controlPlanes, workers, snapshot, living }: Way): string {
  if (hop === undefined || back === undefined) return nothing;
  const rows = [...workers.flatMap(kubelets), ...controlPlanes.flatMap(kubelets), ...controlPlanes.map(pods)];
  const row = ([node, part, to]: readonly string[]) => [node ?? '', part ?? '', hop.text, to ?? ''];
  return [
    table(['NODE', 'PART', 'FROM', 'TO'], rows.map(row)),
    `Certificates that the upgrade renewed stay, and so does what etcd holds${snapshot === undefined ? '' : ` (as it was before: ${snapshot})`}.\n`,
    ...(living === undefined ? ['No API server answers: the control planes go first.\n'] : []),
  ].join('\n');
}

type Row = readonly [node: string, part: string, to: string];

function kubelets({ node, record: { kubelet } }: NodeBack): readonly Row[] {
  return kubelet === null ? [] : [[node, 'kubelet', kubelet]];
}

function pods({ node, record: { apiServer } }: NodeBack): Row {
  return [node, 'control plane', apiServer ?? ''];
}

/** How a rollback ended. */
export function rollbackText({ way, outcomes }: RollbackResult, file: string, ms: number, width?: number): string {
  const { hop, back, snapshot } = way;
  if (hop === undefined || back === undefined) return nothing;
  const isBack = outcomes.every(({ error }) => error === undefined);
  const end = isBack
    ? `The nodes are back at ${back.text} from ${hop.text}, after ${duration(ms)}. Write kubernetesVersion: ${back.text} into ${file}, which names what you have.\n`
    : `The nodes are on their way back from ${hop.text} to ${back.text}, after ${duration(ms)}. What is done stays done: the same command goes on from here.\n`;
  return [
    outcomeTable(
      ['PART', 'TO', 'RESULT', 'TIME'],
      outcomes.map(({ host, part, to, result, ms, error }) => ({
        host,
        cells: [part, to, result, ms === 0 ? '' : duration(ms)],
        error,
      })),
      width,
    ),
    ...(isBack || snapshot === undefined ? [] : [`etcd as it was before the upgrade: ${snapshot}\n`]),
    end,
  ].join('\n');
}

/** The same for a machine. */
export function rollbackObject({ way, outcomes }: RollbackResult): object {
  const { hop, back, controlPlanes, workers, snapshot } = way;
  const names = (nodes: readonly NodeBack[]) => nodes.map(({ node }) => node);
  return {
    from: hop?.text,
    to: back?.text,
    controlPlanes: names(controlPlanes),
    kubelets: names([...workers, ...controlPlanes].filter(({ record }) => record.kubelet !== null)),
    snapshot,
    nodes: outcomes.map(nodeObject),
  };
}
