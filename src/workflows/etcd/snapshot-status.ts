import type { Host } from '../../host/host.ts';
import type { SnapshotSchedule } from '../../manifests/snapshot-timer.ts';
import { snapshotTimerFile } from '../../manifests/snapshot-timer.ts';

/** How old the newest snapshot is that a control plane has saved by itself. */
export interface SnapshotStatus {
  readonly node: string;
  /** Seconds, by the host's own clock; undefined where there is none. */
  readonly age: number | undefined;
  /** Seconds from one to the next, as the file has it. */
  readonly every: number;
  /** Two have not come that should have. */
  readonly overdue: boolean;
}

/** Asks a control plane for its newest snapshot, by the time at which it was written; nothing is read of it. Throws KinitError. */
export async function snapshotStatus(
  node: string,
  host: Host,
  { directory, every }: SnapshotSchedule,
): Promise<SnapshotStatus | undefined> {
  const argv = ['sh', '-c', looking, 'kinit', directory, snapshotTimerFile];
  const answer = (await host.observe({ commands: [argv] })).commands.get(argv.join('\0'))?.stdout ?? '';
  const [, now, since, last] = /^now (\d+)\nsince (\d*)\nlast (\d*)$/m.exec(answer) ?? [];
  if (now === undefined) return undefined;
  const ageOf = (time: string | undefined) => (time ? Number(now) - Number(time) : undefined);
  // Before the first one is due, it is missed by nobody; where no timer is, everybody does.
  const age = ageOf(last);
  const waiting = age ?? ageOf(since) ?? Number.POSITIVE_INFINITY;
  return { node, age, every, overdue: waiting > 2 * every };
}

const looking = `echo "now $(date +%s)"
echo "since $(stat -c %Y "$2" 2>/dev/null)"
echo "last $(ls -1t "$1" 2>/dev/null | grep '^etcd-.*\\.db$' | head -n 1 | while read -r name; do stat -c %Y "$1/$name"; done)"`;
