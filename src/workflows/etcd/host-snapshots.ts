import { KinitError } from '../../errors.ts';
import type { ListedSnapshot } from '../../etcd/snapshot-folder.ts';
import { snapshotOrder } from '../../etcd/snapshot-member.ts';
import { parseSnapshotName, shortPin } from '../../etcd/snapshot-name.ts';
import { throwIfInterrupted } from '../../execute/interrupted.ts';
import type { Run } from '../../execute/run.ts';
import { on } from '../../execute/target.ts';
import type { Host } from '../../host/host.ts';
import { snapshotListing } from '../../manifests/snapshot-script.ts';
import type { SnapshotSchedule } from '../../manifests/snapshot-timer.ts';
import { snapshotOnHost } from '../../phases/etcd-timer/snapshot-on-host.ts';
import { releaseFor } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import { parseVersion } from '../../release/version.ts';
import { runStage } from '../stage.ts';
import { type EtcdPlace, etcdDoors } from './doors.ts';
import { snapshotCandidates } from './save-snapshot.ts';

/** What a control plane has in a folder of its own. */
export interface HostSnapshots {
  readonly host: string;
  /** The newest first. */
  readonly snapshots: readonly ListedSnapshot[];
}

/**
 * The snapshots in a folder of each host, each read there from its first byte to its last; of which revision they are only their
 * own bytes tell, which stay where they are. Throws KinitError.
 */
export async function hostSnapshots(hosts: readonly Host[], folder: string): Promise<readonly HostSnapshots[]> {
  return Promise.all(
    hosts.map(async (host) => {
      const argv = ['sh', '-c', snapshotListing, 'kinit', folder];
      const { code, stdout, stderr } = await host.run(argv, { deadline: readDeadline });
      if (code !== 0) throw new KinitError(`${folder} cannot be listed: ${stderr}`, { host: host.name });
      const snapshots = stdout.split('\n').flatMap(listed);
      return { host: host.name, snapshots: snapshots.toSorted((a, b) => b.time - a.time) };
    }),
  );
}

/** Seconds to read what a folder holds. */
const readDeadline = 1800;

function listed(line: string): readonly ListedSnapshot[] {
  const [, name, bytes, modified, sha256, problem] = /^(\S+) (\d+) (\d+) ([0-9a-f]{64}) ?(.*)$/.exec(line) ?? [];
  if (name === undefined || sha256 === undefined) return [];
  const told = parseSnapshotName(name);
  const wrong = problem === '' ? undefined : problem;
  return [
    {
      name,
      time: told?.time ?? Number(modified) * 1000,
      bytes: Number(bytes),
      cluster: told?.cluster,
      revision: undefined,
      sha256: wrong === undefined ? sha256 : undefined,
      problem: wrong,
    },
  ];
}

/** What became of one control plane. */
export interface HostSaved {
  readonly host: string;
  /** The member of etcd. */
  readonly member: string;
  /** The file on the host; undefined where it failed. */
  readonly path: string | undefined;
  readonly bytes: number | undefined;
  readonly sha256: string | undefined;
  readonly error: KinitError | undefined;
}

/**
 * Saves a snapshot on each of the control planes, of its own member, one after the other: the followers first. What fails on one
 * is told of it, and the others follow. Throws KinitError where none of them can save one, and what Ctrl-C ends.
 */
export async function saveOnHosts(
  hosts: readonly Host[],
  to: Pick<SnapshotSchedule, 'directory' | 'keep'>,
  run: Run,
): Promise<readonly HostSaved[]> {
  const doors = await etcdDoors(hosts);
  const candidates = snapshotOrder(await snapshotCandidates(doors), await doors.alarms());
  const places = candidates.flatMap(({ member }) => {
    const place = doors.places.find(({ peerUrl }) => member.peerURLs.includes(peerUrl));
    return place === undefined ? [] : [place];
  });
  const silent = doors.places.filter((place) => !places.includes(place));
  const saved: HostSaved[] = [];
  for (const place of places) {
    throwIfInterrupted(run.signal, place.host.name);
    saved.push(await savedOn(place, doors.cluster, to, run));
  }
  return [...saved, ...silent.map((place) => failed(place, new KinitError('its member of etcd does not answer')))];
}

async function savedOn(
  place: EtcdPlace,
  cluster: string,
  to: Pick<SnapshotSchedule, 'directory' | 'keep'>,
  run: Run,
): Promise<HostSaved> {
  const { host, name, access, certificatesDir } = place;
  const source = { cluster: shortPin(cluster), pki: `${certificatesDir}/etcd`, url: access.servers[0] ?? '' };
  const target = on(run, { host, release: releaseFor(parseVersion(newestVersion)) });
  try {
    await runStage([snapshotOnHost], { to, source }, target);
    const [{ snapshots }] = (await hostSnapshots([host], to.directory)) as [HostSnapshots];
    const newest = snapshots.find((one) => one.cluster === source.cluster);
    if (newest === undefined) throw new KinitError(`there is no snapshot in ${to.directory}`, { host: host.name });
    const { bytes, sha256 } = newest;
    return { host: host.name, member: name, path: `${to.directory}/${newest.name}`, bytes, sha256, error: undefined };
  } catch (error) {
    if (!(error instanceof KinitError) || run.signal.aborted) throw error;
    return failed(place, error);
  }
}

function failed({ host, name }: EtcdPlace, error: KinitError): HostSaved {
  return { host: host.name, member: name, path: undefined, bytes: undefined, sha256: undefined, error };
}
