import { defined } from '../../defined.ts';
import { exitCodes, InputError, KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InventoryHost } from '../../inventory/types.ts';
import type { KubeObject } from '../../kube/client.ts';
import { isReady } from '../../kube/node.ts';
import { agree, type DownFlags, type Living, livingControlPlane, takeDownInput } from '../down/run.ts';
import { type InventoryFile, inventoryDialer, readInventoryFile } from '../input/inventory-file.ts';
import { openTarget } from '../input/targets.ts';
import type { Io } from '../io.ts';
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
    const isControlPlane = known !== undefined ? hasControlPlane(known) : roleOf(node, file) === 'control-plane';
    if (host === undefined) refuseUnreached({ node, known, isControlPlane, unreached }, flags);
    const leaving = { node, addresses: known === undefined ? [] : addressesOf(known), through: living.host, kube };
    const { refuseLostQuorum, takeOutLost } = await import('../../workflows/cluster/leaving-control-plane.ts');
    if (isControlPlane && host !== undefined && !flags.force) await refuseLostQuorum(node, living.host);
    const takeOut =
      isControlPlane && host === undefined ? () => takeOutLost({ ...leaving, run: session.run }) : undefined;
    const { takeDown } = await import('../../workflows/cluster/take-down.ts');
    const input = takeDownInput(kube, flags, session.run, 'kinit node remove');
    const leftovers = await takeDown({ node, host, ...defined({ takeOut }) }, input);
    await session.told();
    if (session.json) io.result({ node, leftovers });
    else io.stdout.write(said(node, host, leftovers, file.documents.file));
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
  readonly living: Living;
  readonly host: Host | undefined;
  /** Why its host was not reached. */
  readonly unreached: KinitError | undefined;
}

interface Asked {
  readonly flags: RemoveFlags;
  readonly io: Io;
  readonly session: Session;
}

/** The control planes that stay and the node's host, all at once; any one of the former serves. */
async function open(node: string, { inventory }: InventoryFile, { flags, io, session }: Asked): Promise<Opened> {
  const dial = await inventoryDialer(inventory, flags, io);
  const isOwn = ({ name }: InventoryHost) => name.toLowerCase() === node;
  const controlPlanes = inventory.hosts.filter((entry) => entry.role === 'control-plane' && !isOwn(entry));
  const own = inventory.hosts.filter(isOwn);
  const named = flags.host === undefined || own.length > 0 ? undefined : openTarget(flags, io);
  session.closing(named);
  const dialled = await dial([...controlPlanes, ...own]);
  session.closing(...dialled.hosts.map((reached) => reached.host));
  const found = (entry: InventoryHost | undefined) => dialled.hosts.find((reached) => reached.entry === entry)?.host;
  const failureOf = (entry: InventoryHost | undefined) =>
    dialled.failures.find((failure) => failure.entry === entry)?.error;
  const other = await named?.catch((error: unknown) => asKinitError(error));
  const host = other instanceof KinitError ? undefined : (other ?? found(own[0]));
  if (controlPlanes.every((entry) => failureOf(entry))) throw failureOf(controlPlanes[0]) ?? noCluster();
  const living = await livingControlPlane(controlPlanes.map(found));
  session.closing(living?.kube);
  if (living === undefined) throw noCluster();
  return { living, host, unreached: other instanceof KinitError ? other : failureOf(own[0]) };
}

interface Unreached {
  readonly node: string;
  readonly known: KubeObject | undefined;
  readonly isControlPlane: boolean;
  readonly unreached: KinitError | undefined;
}

/** A control plane that is dead to the cluster too goes by the cluster alone; all else wants a word of the user's. */
function refuseUnreached({ node, known, isControlPlane, unreached }: Unreached, { force }: RemoveFlags): void {
  const isLost = isControlPlane && (known === undefined || !isReady(known));
  if (!force && !isLost)
    throw unreached ? withHint(unreached, 'give --force to delete its node all the same') : unknownHost(node);
  // A node that is neither in the cluster nor reachable is a slip of the pen.
  if (known === undefined && !isControlPlane) throw noNode(node);
}

function hasControlPlane({ metadata: { labels = {} } }: KubeObject): boolean {
  return ['control-plane', 'master'].some((role) => `node-role.kubernetes.io/${role}` in labels);
}

function addressesOf(node: KubeObject): readonly string[] {
  const { addresses = [] } = (node['status'] ?? {}) as { readonly addresses?: readonly { readonly address: string }[] };
  return addresses.map(({ address }) => address);
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
    ...(error.host === undefined ? {} : { host: error.host }),
  });
}
