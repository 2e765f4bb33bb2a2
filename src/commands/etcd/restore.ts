import { resolve } from 'node:path';
import { openLocalFile, partOf } from '../../archive/local-file.ts';
import { exitCodes, InputError, KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { ClusterPki } from '../../workflows/etcd/pki-archive.ts';
import type { Restore } from '../../workflows/etcd/restore.ts';
import type { VerifiedSnapshot } from '../../workflows/etcd/verify-snapshot.ts';
import { confirmed } from '../input/ask.ts';
import { openControlPlanes } from '../input/control-planes.ts';
import type { InventoryFlags } from '../input/inventory-file.ts';
import { type Io, tell } from '../io.ts';
import { inSession, type Session } from '../session.ts';
import { type PkiIdentityFlags, pkiIdentity } from './pki-flags.ts';

/** The flags of `kinit etcd snapshot restore`. */
export interface RestoreFlags extends InventoryFlags, PkiIdentityFlags {
  readonly output?: string;
  readonly yes?: boolean;
  readonly image?: string;
  readonly pki?: string;
}

/** Restores a cluster from a snapshot. Throws KinitError; exit 2 and 3 where nothing was touched. */
export async function runSnapshotRestore(given: string, flags: RestoreFlags, io: Io): Promise<void> {
  const { verifySnapshot } = await import('../../workflows/etcd/verify-snapshot.ts');
  const { findRestore, restoreSnapshot } = await import('../../workflows/etcd/restore.ts');
  const { withLock } = await import('../../host/lock/lock.ts');
  const path = resolve(io.cwd, given);
  await inSession({ flags, io }, async (session) => {
    const snapshot = await verifySnapshot(path);
    const pki = await openedArchive(flags, io);
    const file = await openLocalFile(path);
    session.closing(file);
    const hosts = await openControlPlanes(flags, io, session);
    if (pki !== undefined) await broughtBack(hosts, pki, snapshot, session);
    const wish = { hosts, snapshot, source: partOf(file, snapshot.sha256), run: session.run };
    const find = () => findRestore(flags.image === undefined ? wish : { ...wish, image: flags.image });
    const seen = await find();
    if (!seen.isBegun) await agree(seen, flags, io);
    let restore = seen;
    const locked = (rest: readonly Host[], work: () => Promise<readonly string[]>): Promise<readonly string[]> => {
      const [first, ...others] = rest;
      return first === undefined ? work() : withLock(first, 'kinit etcd snapshot restore', () => locked(others, work));
    };
    const lost = await locked(hosts, async () => {
      // Somebody else's may have ended since.
      restore = await find();
      return restoreSnapshot(restore, session.run);
    });
    await session.told();
    const { revision } = snapshot;
    const members = restore.places.map(({ member }) => member.name);
    if (session.json) io.result({ members, revision, lost, raisesRevision: restore.raises });
    else tell(io, said(members, revision, lost, restore));
    return undefined;
  });
}

/** undefined where none is named. Throws KinitError. */
async function openedArchive({ pki, ...flags }: RestoreFlags, io: Io): Promise<ClusterPki | undefined> {
  if (pki === undefined && flags.pkiPassphraseFile === undefined && flags.pkiIdentity === undefined) return undefined;
  if (pki === undefined) throw new InputError([{ place: '--pki', message: 'name the file with the PKI' }]);
  const { openedPki } = await import('../../workflows/etcd/pki-archive.ts');
  return openedPki(resolve(io.cwd, pki), await pkiIdentity(flags, io));
}

/** Before anything else is looked at: without its PKI a control plane does not even say which cluster it is of. */
async function broughtBack(
  hosts: readonly Host[],
  pki: ClusterPki,
  snapshot: VerifiedSnapshot,
  { run }: Session,
): Promise<void> {
  const { bringBackPki, findLostPki } = await import('../../workflows/etcd/bring-pki.ts');
  const { withLock } = await import('../../host/lock/lock.ts');
  for (const place of await findLostPki(hosts, pki, snapshot))
    await withLock(place.host, 'kinit etcd snapshot restore', () => bringBackPki(place, run));
}

async function agree({ places }: Restore, { yes }: RestoreFlags, io: Io): Promise<void> {
  if (yes) return;
  const names = places.map(({ host }) => host.name).join(', ');
  io.stderr.write(
    `The cluster of ${names} becomes what it was when the snapshot was made: what was changed since then is lost to it, and its control planes stop for some seconds. The data of now are set aside on each host, not deleted.\n`,
  );
  if (await confirmed('Go on?', io)) return;
  throw new KinitError('nothing was touched: nobody said yes', {
    exitCode: exitCodes.badInput,
    hint: 'answer y, or give --yes where nobody can be asked',
  });
}

function said(
  members: readonly string[],
  revision: number,
  lost: readonly string[],
  { places, raises }: Restore,
): string {
  const [first] = places;
  const lines = [
    `etcd of ${members.join(', ')} is restored, revision ${revision}`,
    `the data of before are in ${first?.member.dataDir}/member.before-* of each host: remove them when you need them no more`,
    ...(raises
      ? []
      : [
          'this etcd cannot raise its revision: restart the kubelets of all workers (systemctl restart kubelet) and what watches the cluster (kubectl -n kube-system rollout restart daemonset)',
        ]),
    ...(lost.length === 0
      ? []
      : ['the cluster knows control planes that were not restored; take them out, then bring new ones:']),
    ...lost.map((node) => `  kinit node remove ${node} --config FILE`),
  ];
  return `${lines.join('\n')}\n`;
}
