import { shortPin } from '../../etcd/snapshot-name.ts';
import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { caCertHash } from '../../kube/ca-pin.ts';
import {
  type SnapshotSchedule,
  type SnapshotSource,
  snapshotFiles,
  snapshotServiceName,
  snapshotTimerFile,
  snapshotTimerFiles,
  snapshotTimerName,
} from '../../manifests/snapshot-timer.ts';
import { etcdClientPort } from '../../release/ports.ts';
import type { Phase } from '../phase.ts';
import { residentEtcdAccess, residentFiles, residentOf } from '../reset/resident.ts';

/** Whether a control plane takes snapshots of its etcd by itself. */
export interface SnapshotTimerContext {
  /** undefined: none, and what there was goes. */
  readonly schedule: SnapshotSchedule | undefined;
  readonly certificatesDir: string;
}

/** A timer of systemd that saves snapshots on the control plane itself, gone where the file asks for none. */
export const snapshotTimer: Phase<SnapshotTimerContext> = {
  name: 'snapshot-timer',
  title: 'Regular snapshots of etcd',
  reads: ({ schedule, certificatesDir }) => ({
    files: [...snapshotTimerFiles, ...(schedule ? [...residentFiles, `${certificatesDir}/ca.crt`] : [])],
    paths: schedule ? [schedule.directory] : [],
    services: [snapshotTimerName],
  }),
  desired: (context, observed): readonly Change[] =>
    context.schedule === undefined ? withoutTimer(observed) : withTimer(context.schedule, context, observed),
};

function withTimer(
  schedule: SnapshotSchedule,
  { certificatesDir }: SnapshotTimerContext,
  observed: Observed,
): readonly Change[] {
  const { directory, every } = schedule;
  const isNew = observed.files.get(snapshotTimerFile)?.type !== 'file';
  const files = snapshotFiles(schedule, sourceOf(certificatesDir, observed));
  return [
    { kind: 'directory', path: directory, mode: 0o700 },
    ...files.map((file): Change => ({ kind: 'file', ...file })),
    {
      kind: 'service',
      name: snapshotTimerName,
      state: 'running',
      enabled: true,
      restartFor: files.map(({ path }) => path),
      says: `[snapshot-timer] Saving a snapshot of etcd to ${directory} every ${every / 60} min`,
    },
    ...(isNew ? [firstSnapshot] : []),
  ];
}

const ending = 'systemctl stop "$1"; systemctl reset-failed "$1" 2>/dev/null || :';
const endSnapshot = ['sh', '-c', ending, 'kinit', snapshotServiceName];

/** At once: who asks for snapshots need not wait for one, or for what keeps it from coming. One under way ends with the timer. */
const firstSnapshot: Change = {
  kind: 'command',
  argv: ['systemctl', 'start', '--no-block', snapshotServiceName],
  undo: endSnapshot,
};

/** In a rehearsal of a cluster that is yet to come there is no CA to name it by. */
function sourceOf(certificatesDir: string, { files }: Observed): SnapshotSource {
  const ca = files.get(`${certificatesDir}/ca.crt`)?.content?.toString('utf8');
  const access = residentEtcdAccess({ ...residentOf(files), certificatesDir });
  return {
    cluster: ca === undefined ? '00000000' : shortPin(caCertHash(ca)),
    pki: `${certificatesDir}/etcd`,
    url: access?.servers[0] ?? `https://127.0.0.1:${etcdClientPort}`,
  };
}

/** What it has saved stays. */
function withoutTimer({ files }: Observed): readonly Change[] {
  const there = snapshotTimerFiles.filter((path) => files.get(path)?.type === 'file');
  if (there.length === 0) return [];
  const says =
    '[snapshot-timer] The file asks for no regular snapshots of etcd: their timer goes, what they saved stays';
  return [
    { kind: 'service', name: snapshotTimerName, state: 'stopped', enabled: false, says },
    { kind: 'command', argv: endSnapshot },
    ...there.map((path): Change => ({ kind: 'absent', path })),
  ];
}
