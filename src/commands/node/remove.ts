import { defined } from '../../defined.ts';
import { exitCodes, InputError, KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InventoryHost } from '../../inventory/types.ts';
import type { KubeObject } from '../../kube/client.ts';
import { isControlPlaneNode, isReady } from '../../kube/node.ts';
import type { LivingControlPlane } from '../../workflows/cluster/living-control-plane.ts';
import { agree, type DownFlags, takeDownInput } from '../down/run.ts';
import { type InventoryFile, inventoryDialer, readInventoryFile } from '../input/inventory-file.ts';
import { openTarget } from '../input/targets.ts';
import { type Io, tell } from '../io.ts';
import { inSession, type Session } from '../session.ts';

export type RemoveFlags = DownFlags;

/** `kinit node remove NAME`. Throws KinitError; exit 5 where something could not be removed from the host. */
export async function runNodeRemove(
  name: string,
  flags: RemoveFlags,
  io: Io,
  exit: (code: number) => void,
): Promise<void> {
  await inSession({ flags, io, exit }, async (session) => {
    const file = await readInventoryFile(flags, io, session.warn);
    const node = name.toLowerCase();
    refuseLastControlPlane(node, file);
    await agree(`the node ${node}`, flags, io);
    const { living, host, unreached } = await open(node, file, { flags, io, session });
    const { kube } = living;
    const known = await kube.get({ apiVersion: 'v1', kind: 'Node', name: node });
    const isControlPlane = known !== undefined ? isControlPlaneNode(known) : roleOf(node, file) === 'control-plane';
    // A control plane that is dead to the cluster too goes by the cluster alone.
    const isAlive = known !== undefined && isReady(known);
    if (host === undefined && !(isControlPlane && !isAlive)) refuseUnreached({ node, unreached, isAlive }, flags);
    // A node that is neither in the cluster nor reachable is a slip of the pen.
    if (host === undefined && known === undefined && !isControlPlane) throw noNode(node);
    const leaving = { node, addresses: addressesOf(node, known, file), through: living.host, kube };
    const { refuseLostQuorum, takeOutLost } = await import('../../workflows/cluster/leaving-control-plane.ts');
    if (isControlPlane && host !== undefined && !flags.force) await refuseLostQuorum(node, living.host);
    const takeOut =
      isControlPlane && host === undefined ? () => takeOutLost({ ...leaving, run: session.run }) : undefined;
    const { takeDown } = await import('../../workflows/cluster/take-down.ts');
    const input = takeDownInput(kube, flags, session.run, 'kinit node remove');
    const leftovers = await takeDown({ node, host, ...defined({ takeOut }) }, input);
    await session.told();
    if (session.json) io.result({ node, leftovers });
    else tell(io, said(node, host, leftovers, file.documents.file));
    return leftovers.length > 0 ? exitCodes.differences : exitCodes.done;
  });
}

function roleOf(node: string, { inventory }: InventoryFile): string | undefined {
  return inventory.hosts.find(({ name }) => name.toLowerCase() === node)?.role;
}

function refuseLastControlPlane(node: string, file: InventoryFile): void {
  const controlPlanes = file.inventory.hosts.filter(({ role }) => role === 'control-plane');
  if (roleOf(node, file) !== 'control-plane' || controlPlanes.length > 1) return;
  throw new InputError(
    [{ place: 'NAME', message: `${node} is the only control plane of the file: without it there is no cluster` }],
    '`kinit down` takes the whole cluster down',
  );
}

interface Opened {
  /** A control plane that stays. */
  readonly living: LivingControlPlane;
  readonly host: Host | undefined;
  /** Why its host was not reached. */
  readonly unreached: KinitError | undefined;
}

interface Asked {
  readonly flags: RemoveFlags;
  readonly io: Io;
  readonly session: Session;
}

/** Milliseconds: where control planes were lost, those that are left may just be beginning anew. */
const patience = 60_000;

/** The control planes that stay and the node's host, all at once; any one of the former serves. */
async function open(node: string, file: InventoryFile, { flags, io, session }: Asked): Promise<Opened> {
  const { livingControlPlane } = await import('../../workflows/cluster/living-control-plane.ts');
  const { hosts } = file.inventory;
  const dial = await inventoryDialer(file.inventory, flags, io);
  const isOwn = ({ name }: InventoryHost) => name.toLowerCase() === node;
  const stay = await dial.each(hosts.filter((entry) => entry.role === 'control-plane' && !isOwn(entry)));
  const [own] = await dial.each(hosts.filter(isOwn));
  const named = flags.host === undefined || own !== undefined ? undefined : openTarget(flags, io).catch(asKinitError);
  const opened = own?.opening ?? named;
  const asking = livingControlPlane(
    stay.map(async ({ opening }) => hostOf(await opening)),
    patience,
  );
  // At once: a host that is closed ends what is still asked through it.
  const kube = asking.then((living) => living?.kube);
  session.closing(kube, opened, ...stay.map(({ opening }) => opening));
  session.closing(dial);
  const reached = await opened;
  const [host, unreached] = [hostOf(reached), errorOf(reached)];
  // What became of a control plane the others know; of a worker nobody needs to be asked.
  if (host === undefined && roleOf(node, file) === 'worker')
    refuseUnreached({ node, unreached, isAlive: false }, flags);
  const living = await asking;
  if (living !== undefined) return { living, host, unreached };
  const failures = (await Promise.all(stay.map(({ opening }) => opening))).map(errorOf);
  // A host that was lost is the reason to be here; one that was named is a word of the user's.
  const wrong = named === undefined ? undefined : unreached;
  throw failures.every((failure) => failure !== undefined) ? (failures[0] ?? noCluster()) : (wrong ?? noCluster());
}

function hostOf(opened: Host | KinitError | undefined): Host | undefined {
  return opened instanceof KinitError ? undefined : opened;
}

function errorOf(opened: Host | KinitError | undefined): KinitError | undefined {
  return opened instanceof KinitError ? opened : undefined;
}

/** Throws KinitError, unless forced: a host that keeps what is on it wants a word of the user's. */
function refuseUnreached(
  {
    node,
    unreached,
    isAlive,
  }: { readonly node: string; readonly unreached: KinitError | undefined; readonly isAlive: boolean },
  { force }: RemoveFlags,
): void {
  if (force) return;
  throw unreached ? withHint(unreached, unreachedHint(isAlive)) : unknownHost(node);
}

/** The cluster finds out within its node-monitor-grace-period, 40 s. */
function unreachedHint(isAlive: boolean): string {
  const force = 'give --force to delete its node all the same';
  return isAlive ? `the cluster takes it for Ready: if it is dead, wait a minute; else ${force}` : force;
}

function addressesOf(node: string, known: KubeObject | undefined, { inventory }: InventoryFile): readonly string[] {
  const { addresses = [] } = (known?.['status'] ?? {}) as {
    readonly addresses?: readonly { readonly address: string }[];
  };
  const named = inventory.hosts.filter(({ name }) => name.toLowerCase() === node);
  return [...addresses, ...named].map(({ address }) => address);
}

function asKinitError(error: unknown): KinitError {
  if (error instanceof KinitError) return error;
  throw error;
}

function noNode(node: string): KinitError {
  return new KinitError(`the cluster has no node ${node}`, {
    exitCode: exitCodes.badInput,
    hint: '`kinit status` shows its nodes',
  });
}

function said(node: string, host: Host | undefined, leftovers: readonly string[], file: string): string {
  const cleaned =
    host === undefined
      ? 'its host was not reached and keeps what is on it'
      : 'what it and kinit have put on its host is gone';
  const left = leftovers.length === 0 ? cleaned : `left behind on its host: ${leftovers.join(', ')}`;
  return `node ${node} is out of the cluster; ${left}\nTake it out of ${file} too, or \`kinit up\` brings it back.\n`;
}

function noCluster(): KinitError {
  return new KinitError('the cluster does not answer, so no node can be taken out of it', {
    hint: '`kinit status` says how it is; `kinit reset --host` takes Kubernetes off a host without asking a cluster',
  });
}

function unknownHost(node: string): KinitError {
  return new KinitError(`the file names no host ${node}`, {
    exitCode: exitCodes.badInput,
    hint: 'name its host with --host user@address, or give --force to delete the node without touching its host',
  });
}

function withHint(error: KinitError, hint: string): KinitError {
  return new KinitError(error.message, {
    exitCode: error.exitCode,
    cause: error,
    hint: [error.hint, hint].filter(Boolean).join('; '),
    ...defined({ host: error.host }),
  });
}
