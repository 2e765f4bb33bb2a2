import { snapshotScript } from './snapshot-script.ts';

/** Regular snapshots of etcd on a control plane, as its timer takes them. */
export interface SnapshotSchedule {
  /** Seconds: an even part of a day. */
  readonly every: number;
  /** Minutes after midnight at which one is due. */
  readonly at: number;
  /** Of the host. */
  readonly directory: string;
  /** How many stay; 0: all. */
  readonly keep: number;
}

/** Whose snapshots they are, and how its member is asked on its own host. */
export interface SnapshotSource {
  /** The first digits of the pin of the CA, as names of snapshots have it. */
  readonly cluster: string;
  /** The folder with etcd's certificates. */
  readonly pki: string;
  /** Of the member itself. */
  readonly url: string;
}

export const snapshotTimerName = 'kinit-etcd-snapshot.timer';
export const snapshotTimerFile = `/etc/systemd/system/${snapshotTimerName}`;
export const snapshotServiceName = 'kinit-etcd-snapshot.service';
const serviceFile = `/etc/systemd/system/${snapshotServiceName}`;
/** Not in a folder of programs: a shell is given it, so that no policy has to know it. */
const scriptFile = '/var/lib/kinit/etcd-snapshot.sh';
export const snapshotTimerFiles: readonly string[] = [scriptFile, serviceFile, snapshotTimerFile];

/** What `sh -s` or the service hands the script; `step` is in seconds, 0: at once and without patience. */
export function snapshotArguments(
  { directory, keep }: Pick<SnapshotSchedule, 'directory' | 'keep'>,
  { cluster, pki, url }: SnapshotSource,
  step: number,
): readonly string[] {
  return [directory, String(keep), cluster, pki, url, String(step)];
}

/** The files by which a host takes snapshots of its own member regularly, in the order in which they are needed. */
export function snapshotFiles(schedule: SnapshotSchedule, source: SnapshotSource) {
  const step = Math.min(longestStep, Math.floor(schedule.every / 6));
  const words = ['/bin/sh', scriptFile, ...snapshotArguments(schedule, source, step)].map(unitWord);
  return [
    { path: scriptFile, content: snapshotScript, mode: 0o700 },
    { path: serviceFile, content: serviceText(words.join(' ')), mode: 0o644 },
    { path: snapshotTimerFile, content: timerText(calendar(schedule)), mode: 0o644 },
  ];
}

/** Seconds that one member has for its snapshot before the next begins: 8 GB, more than etcd's guide wants, take less. */
const longestStep = 120;

function serviceText(command: string): string {
  return `# Made by kinit.
[Unit]
Description=Snapshot of etcd
Documentation=https://etcd.io/docs/latest/op-guide/recovery/

[Service]
Type=oneshot
Nice=10
UMask=0077
ExecStart=${command}
`;
}

function timerText(when: string): string {
  return `# Made by kinit.
[Unit]
Description=Regular snapshots of etcd

[Timer]
OnCalendar=${when}
AccuracySec=1s
Persistent=true

[Install]
WantedBy=timers.target
`;
}

/** As systemd.time(7) has it since v209. */
export function calendar({ every, at }: Pick<SnapshotSchedule, 'every' | 'at'>): string {
  const minutes = every / 60;
  const two = (number: number) => String(number).padStart(2, '0');
  if (minutes < 60) return `*-*-* *:${two(at % minutes)}/${minutes}:00`;
  const [hours, minute] = [minutes / 60, two(at % 60)];
  if (hours === 1) return `*-*-* *:${minute}:00`;
  const first = two(Math.floor(at / 60) % hours);
  return `*-*-* ${first}${hours === 24 ? '' : `/${hours}`}:${minute}:00`;
}

/** A word of ExecStart= (systemd.service(5), "Command lines"): specifiers and variables are none. */
function unitWord(word: string): string {
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, '\\$&')}"`;
}
