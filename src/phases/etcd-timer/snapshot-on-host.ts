import type { Change } from '../../execute/change.ts';
import { snapshotScript } from '../../manifests/snapshot-script.ts';
import { type SnapshotSchedule, type SnapshotSource, snapshotArguments } from '../../manifests/snapshot-timer.ts';
import type { Phase } from '../phase.ts';

/** A snapshot that a control plane is to save now. */
export interface HostSnapshot {
  readonly to: Pick<SnapshotSchedule, 'directory' | 'keep'>;
  readonly source: SnapshotSource;
}

/** A snapshot of the host's own member of etcd in a folder of the host, as its timer would save it. */
export const snapshotOnHost: Phase<HostSnapshot> = {
  name: 'snapshot',
  title: 'a snapshot of etcd on the control plane',
  reads: () => ({}),
  desired: ({ to, source }): readonly Change[] => [
    {
      kind: 'command',
      argv: ['sh', '-s', '--', ...snapshotArguments(to, source, 0)],
      stdin: snapshotScript,
      deadline: 3600,
      what: `saving a snapshot of etcd to ${to.directory}`,
      says: `[etcd] Saving a snapshot of this member to ${to.directory}`,
      advice: 'nothing of it is left there; mend that, and run the same command again',
    },
  ],
};
