import { resolve } from 'node:path';
import { exitCodes } from '../../errors.ts';
import type { ListedSnapshot } from '../../etcd/snapshot-folder.ts';
import { onUserFile } from '../../host/user-files.ts';
import { table } from '../../report/host-table.ts';
import { namedControlPlanes } from '../input/control-planes.ts';
import { readText } from '../input/files.ts';
import type { InventoryFlags } from '../input/inventory-file.ts';
import type { Io } from '../io.ts';
import { inQuietSession } from '../session.ts';
import { folderOnHosts } from './folder-on-hosts.ts';
import { printed } from './printed.ts';

/** The flags of `kinit etcd snapshot verify`. */
export interface VerifyFlags {
  readonly ca?: string;
  readonly output: string;
}

/** Prints what a snapshot is. Throws KinitError, exit 3 where it is not whole, exit 2 where it is of another cluster. */
export async function runSnapshotVerify(file: string, { ca, output }: VerifyFlags, io: Io): Promise<void> {
  const { refuseOtherCluster, verifySnapshot } = await import('../../workflows/etcd/verify-snapshot.ts');
  const found = await verifySnapshot(resolve(io.cwd, file));
  if (ca !== undefined) {
    const { caCertHash } = await import('../../kube/ca-pin.ts');
    refuseOtherCluster(found, caCertHash(await readText(ca, io, '--ca')));
  }
  const { path, bytes, sha256, revision, keys, clusters } = found;
  await printed({ path, bytes, sha256, revision, keys, clusters }, output, io, () => [
    `${path}: whole, revision ${revision}, ${keys} keys, ${megabytes(bytes)}`,
    `sha256 ${sha256}`,
    clusters.length === 0
      ? 'it does not tell of which cluster it is'
      : `of the cluster with the CA ${clusters.join(', ')}`,
  ]);
}

/** The flags of `kinit etcd snapshot list`. */
export interface ListFlags extends InventoryFlags {
  readonly output: string;
}

/** Prints what snapshots a folder has, of this machine or of the hosts that are named; exit code 1 where one is not whole. Throws FileError where it cannot be read. */
export async function runSnapshotList(given: string | undefined, flags: ListFlags, io: Io): Promise<number> {
  const { output } = flags;
  if (flags.config !== undefined || flags.host !== undefined) return listOnHosts(given, flags, io);
  const { listSnapshots } = await import('../../etcd/snapshot-folder.ts');
  const folder = resolve(io.cwd, given ?? '.');
  const found = await onUserFile('read', folder, () => listSnapshots(folder));
  await printed({ folder, snapshots: found.map(asObject) }, output, io, () => foundTable(found));
  return found.some(({ problem }) => problem !== undefined) ? exitCodes.phaseFailed : exitCodes.done;
}

async function listOnHosts(given: string | undefined, flags: ListFlags, io: Io): Promise<number> {
  const { hostSnapshots } = await import('../../workflows/etcd/host-snapshots.ts');
  const { folder, found } = await inQuietSession(io, async (session) => {
    const { hosts, inventory } = await namedControlPlanes(flags, io, session);
    const directory = folderOnHosts(given, inventory);
    return { folder: directory, found: await hostSnapshots(hosts, directory) };
  });
  const hosts = found.map(({ host, snapshots }) => ({ host, snapshots: snapshots.map(asObject) }));
  await printed({ folder, hosts }, flags.output, io, () =>
    found.flatMap(({ host, snapshots }) => [`${host}: ${folder}`, ...foundTable(snapshots).map((line) => `  ${line}`)]),
  );
  const isBroken = found.some(({ snapshots }) => snapshots.some(({ problem }) => problem !== undefined));
  return isBroken ? exitCodes.phaseFailed : exitCodes.done;
}

function asObject({ time, ...rest }: ListedSnapshot): object {
  return { time: new Date(time).toISOString(), ...rest };
}

function foundTable(found: readonly ListedSnapshot[]): readonly string[] {
  if (found.length === 0) return ['there are no snapshots'];
  const rows = found.map(({ name, time, bytes, cluster = '', revision, problem }) => [
    name,
    new Date(time).toISOString().replace(/\.\d+/, ''),
    megabytes(bytes),
    String(revision ?? ''),
    cluster,
    problem ?? 'whole',
  ]);
  return table(['NAME', 'TAKEN', 'SIZE', 'REVISION', 'CLUSTER', 'STATE'], rows).trimEnd().split('\n');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1000 / 1000).toFixed(1)} MB`;
}
