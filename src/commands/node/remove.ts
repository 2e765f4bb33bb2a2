import { exitCodes, InputError, KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient } from '../../kube/client.ts';
import { agree, clusterBehind, type DownFlags, takeDownInput } from '../down/run.ts';
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
    refuseControlPlane(node, file);
    await agree(`the node ${node}`, flags, io);
    const { kube, host } = await open(node, file, { flags, io, session });
    await refuseStranger(kube, node, host);
    const { takeDown } = await import('../../workflows/cluster/take-down.ts');
    const leftovers = await takeDown({ node, host }, takeDownInput(kube, flags, session.run, 'kinit node remove'));
    await session.told();
    if (session.json) io.result({ node, leftovers });
    else io.stdout.write(said(node, host, leftovers, file.documents.file));
    return leftovers.length > 0 ? exitCodes.differences : exitCodes.done;
  });
}

function refuseControlPlane(node: string, { inventory }: InventoryFile): void {
  const entry = inventory.hosts.find(({ name }) => name.toLowerCase() === node);
  if (entry?.role !== 'control-plane') return;
  throw new InputError(
    [{ place: 'NAME', message: `${node} is the control plane: without it there is no cluster` }],
    '`kinit down` takes the whole cluster down',
  );
}

interface Opened {
  readonly kube: KubeClient;
  readonly host: Host | undefined;
}

interface Asked {
  readonly flags: RemoveFlags;
  readonly io: Io;
  readonly session: Session;
}

/** The control plane and the node's host, both at once; without --force both must be there. */
async function open(node: string, { inventory }: InventoryFile, { flags, io, session }: Asked): Promise<Opened> {
  const dial = await inventoryDialer(inventory, flags, io);
  const controlPlane = inventory.hosts.filter(({ role }) => role === 'control-plane').slice(0, 1);
  const own = inventory.hosts.filter(({ name }) => name.toLowerCase() === node);
  const named = flags.host === undefined || own.length > 0 ? undefined : openTarget(flags, io);
  session.closing(named);
  const dialled = await dial([...controlPlane, ...own]);
  session.closing(...dialled.hosts.map((reached) => reached.host));
  const found = (entry: (typeof own)[number] | undefined) => dialled.hosts.find((reached) => reached.entry === entry);
  const failureOf = (entry: (typeof own)[number] | undefined) =>
    dialled.failures.find((failure) => failure.entry === entry)?.error;
  const other = await named?.catch((error: unknown) => asKinitError(error));
  const host = other instanceof KinitError ? undefined : (other ?? found(own[0])?.host);
  const unreached = failureOf(controlPlane[0]);
  if (unreached) throw unreached;
  const missing = other instanceof KinitError ? other : failureOf(own[0]);
  if (missing && !flags.force) throw withHint(missing, 'give --force to delete its node all the same');
  if (host === undefined && !flags.force) throw unknownHost(node);
  const kube = session.closing(await clusterBehind(found(controlPlane[0])));
  if (kube === undefined) throw noCluster();
  return { kube, host };
}

function asKinitError(error: unknown): KinitError {
  if (error instanceof KinitError) return error;
  throw error;
}

/** A node that is neither in the cluster nor reachable is a slip of the pen. */
async function refuseStranger(kube: KubeClient, node: string, host: Host | undefined): Promise<void> {
  if (host !== undefined) return;
  if ((await kube.get({ apiVersion: 'v1', kind: 'Node', name: node })) !== undefined) return;
  throw new KinitError(`the cluster has no node ${node}`, {
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
