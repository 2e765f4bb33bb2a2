import type { FieldProblem } from '../config/decode.ts';
import { parseDuration } from '../config/duration.ts';
import { InputError } from '../errors.ts';
import type { SnapshotSchedule } from '../manifests/snapshot-timer.ts';
import { etcdDirectory, kubeletDirectory, kubernetesDirectory } from '../release/paths.ts';
import type { ClusterFile, Inventory } from './types.ts';

/** Where control planes save snapshots where nobody says otherwise. */
export const usualSnapshotFolder = '/var/lib/kinit/etcd-snapshots';

/** When control planes save snapshots of their etcd by themselves; undefined: never. */
export function snapshotScheduleOf({ snapshots }: Pick<Inventory, 'snapshots'>): SnapshotSchedule | undefined {
  if (snapshots === undefined) return undefined;
  const { every, at, directory, keep } = snapshots;
  return { every: parseDuration(every) ?? day, at: minutesOf(at) ?? 0, directory, keep };
}

/** What the schema lets pass of them and cannot be, with paths from the inventory's root. */
export function checkSnapshots({ snapshots }: Inventory): readonly FieldProblem[] {
  if (snapshots === undefined) return [];
  const { every, at, directory } = snapshots;
  const wrong = (field: string, message: string): FieldProblem => ({ path: ['snapshots', field], message });
  return [
    ...(isPartOfDay(parseDuration(every))
      ? []
      : [wrong('every', `"${every}" is no even part of a day in whole minutes such as 15m, 1h, 6h or 24h`)]),
    ...(minutesOf(at) === undefined ? [wrong('at', `"${at}" is no time of day such as "02:30"`)] : []),
    ...(/^\/[\w./@+-]+[\w@+-]$/.test(directory) && !directory.split('/').includes('..')
      ? taken(directory).map((folder) => wrong('directory', `is below ${folder}, which reset empties`))
      : [wrong('directory', `"${directory}" is no folder such as ${usualSnapshotFolder}`)]),
  ];
}

/** Throws InputError where the control planes have no etcd of their own to save. */
export function refuseSnapshotsOfOthers({ cluster, inventory: document }: ClusterFile, { snapshots }: Inventory): void {
  if (snapshots === undefined || cluster?.value.etcd?.external === undefined) return;
  const message = 'etcd runs elsewhere (etcd.external): it is backed up there';
  throw new InputError([{ place: document.placeOf(['snapshots']), message }]);
}

const day = 24 * 3600;

/** As a calendar of systemd can say it without a gap at midnight or at the hour. */
function isPartOfDay(seconds: number | undefined): boolean {
  if (seconds === undefined || seconds < 60 || seconds % 60 !== 0) return false;
  return seconds < 3600 ? 3600 % seconds === 0 : seconds % 3600 === 0 && day % seconds === 0;
}

function minutesOf(text: string): number | undefined {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

function taken(directory: string): readonly string[] {
  return [kubernetesDirectory, etcdDirectory, kubeletDirectory].filter(
    (folder) => directory === folder || directory.startsWith(`${folder}/`),
  );
}
