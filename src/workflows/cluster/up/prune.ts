import { exitCodes, KinitError } from '../../../errors.ts';
import type { Host } from '../../../host/host.ts';
import type { KubeClient, KubeObject } from '../../../kube/client.ts';
import { isControlPlaneNode, isReady } from '../../../kube/node.ts';
import { certificatesAlone } from '../../../pki/certificate-file.ts';
import { pkiDirectory } from '../../../release/paths.ts';
import { asKinitError } from '../../over-hosts.ts';
import { refuseLostQuorum, takeOutLost } from '../leaving-control-plane.ts';
import type { LivingCluster } from '../living-cluster.ts';
import { takeDown } from '../take-down.ts';
import type { Pruning, UpInput, UpOutcome } from './up-input.ts';
import type { UpHost } from './wanted-cluster.ts';

/** A node of the cluster that the file does not have. */
export interface MissingNode {
  readonly name: string;
  readonly isControlPlane: boolean;
  /** Undefined where the cluster does not know one. */
  readonly address: string | undefined;
  /** As the machine itself has it; undefined where its kubelet has not told. */
  readonly machineId: string | undefined;
  readonly isAlive: boolean;
}

/** The workers first: control planes go when nothing needs them any more. */
export function missingNodes(
  nodes: Iterable<KubeObject>,
  { controlPlanes, workers }: Pick<UpInput, 'controlPlanes' | 'workers'>,
): readonly MissingNode[] {
  const known = new Set([...controlPlanes, ...workers].map(({ name }) => name.toLowerCase()));
  const missing = [...nodes].filter(({ metadata }) => !known.has(metadata.name)).map(missingNode);
  return [...missing.filter((node) => !node.isControlPlane), ...missing.filter((node) => node.isControlPlane)];
}

function missingNode(node: KubeObject): MissingNode {
  const { name } = node.metadata;
  const { addresses = [], nodeInfo } = (node['status'] ?? {}) as {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: { readonly machineID?: string };
  };
  return {
    name,
    isControlPlane: isControlPlaneNode(node),
    address: addresses.find(({ type }) => type === 'InternalIP')?.address,
    machineId: nodeInfo?.machineID,
    isAlive: isReady(node),
  };
}

/** The cluster without those nodes, and who goes on in it. */
export interface Pruned {
  readonly input: Pick<UpInput, 'run'>;
  readonly pruning: Pruning;
  /** A control plane that stays. */
  readonly leader: Host;
  readonly living: Pick<LivingCluster, 'ca'>;
  readonly kube: KubeClient;
}

/**
 * Takes nodes out of the cluster that the file no longer has, one after the other, and Kubernetes off their hosts: each control
 * plane only where etcd can decide without it. The first that fails stops those behind it. Never throws for a node; run again, it
 * goes on from there.
 */
export async function prune(nodes: readonly MissingNode[], pruned: Pruned): Promise<readonly UpOutcome[]> {
  const { run } = pruned.input;
  const outcomes: UpOutcome[] = [];
  let failed: string | undefined;
  for (const node of nodes) {
    const started = Date.now();
    const ended = (result: UpOutcome['result'], error?: KinitError): UpOutcome => ({
      host: node.name,
      result,
      changed: [],
      error,
      ms: failed === undefined ? Date.now() - started : 0,
    });
    if (run.signal.aborted) outcomes.push(ended('failed', interrupted()));
    else if (failed !== undefined) outcomes.push(ended('failed', heldBack(failed)));
    else {
      const error = await removed(node, pruned).then(
        () => undefined,
        (reason: unknown) => asKinitError(reason, node.name),
      );
      outcomes.push(error === undefined ? ended('removed') : ended('failed', error));
      if (error !== undefined) failed = node.name;
    }
  }
  return outcomes;
}

/** Throws KinitError. */
async function removed(node: MissingNode, { input, pruning, leader, living, kube }: Pruned): Promise<void> {
  const { name, isControlPlane, address } = node;
  if (isControlPlane) await refuseLostQuorum(name, leader);
  const found = address === undefined ? noAddress(name) : await pruning.dial(name, address);
  const lost = isControlPlane && !node.isAlive;
  if (found instanceof KinitError && !lost) throw unreached(found, node);
  const host = found instanceof KinitError ? undefined : found;
  try {
    if (host !== undefined) await refuseStranger(host, node, living);
    const leaving = { node: name, addresses: address === undefined ? [] : [address], through: leader, kube };
    const takeOut = host === undefined ? { takeOut: () => takeOutLost({ ...leaving, run: input.run }) } : {};
    const { drainDeadline } = pruning;
    const how = { kube, run: input.run, drainDeadline, force: false, command: 'kinit up --prune' };
    const leftovers = await takeDown({ node: name, host, ...takeOut }, how);
    if (leftovers.length === 0) return;
    throw new KinitError(`it is out of the cluster, and left behind on its host: ${leftovers.join(', ')}`, {
      host: name,
      exitCode: exitCodes.differences,
      hint: `kinit reset --host ${address} tries them once more`,
    });
  } finally {
    await host?.close();
  }
}

/** Throws KinitError where another machine answers at the node's address, or one of another cluster. */
async function refuseStranger(host: Host, { name, machineId }: MissingNode, { ca }: Pick<LivingCluster, 'ca'>) {
  const [own, ownCa] = ['/etc/machine-id', `${pkiDirectory}/ca.crt`];
  const files = await host.read([own, ownCa]);
  const id = files.get(own)?.toString('utf8').trim();
  const isOther = machineId !== undefined && machineId !== '' && id !== undefined && id !== machineId;
  const there = files.get(ownCa)?.toString('utf8');
  if (!isOther && (there === undefined || certificatesAlone(there) === certificatesAlone(ca))) return;
  throw new KinitError(
    `another machine than that of the node ${name} answers at its address, and nothing was touched there`,
    {
      host: name,
      exitCode: exitCodes.preflight,
      hint: `if the node is gone for good: kinit node remove ${name} --force`,
    },
  );
}

function unreached(error: KinitError, { name, isAlive }: MissingNode): KinitError {
  const force = `kinit node remove ${name} --force deletes the node and leaves its host alone`;
  const { exitCode, message } = error;
  const wait = isAlive ? 'the cluster takes it for Ready: if it is dead, run this again in a minute, or: ' : '';
  return new KinitError(message, { host: name, exitCode, cause: error, hint: `${wait}${force}` });
}

function noAddress(node: string): KinitError {
  return new KinitError('the cluster knows no address of it', { host: node });
}

function heldBack(failed: string): KinitError {
  return new KinitError(`not begun: ${failed} is not out of the cluster yet`, {
    hint: 'mend that, and run the same command again',
  });
}

function interrupted(): KinitError {
  return new KinitError('interrupted before it was begun', { exitCode: exitCodes.interrupted });
}

/** Those that stay where control planes of the file are not as it says: they may be needed yet. */
export function stays(nodes: readonly MissingNode[], unfinished: readonly UpHost[]): readonly UpOutcome[] {
  const why = `not begun: ${unfinished.map(({ name }) => name).join(', ')} of the file ${unfinished.length === 1 ? 'is' : 'are'} not as it says`;
  const error = new KinitError(why, { hint: 'mend that first, and run the same command again' });
  return nodes.map(({ name }) => ({ host: name, result: 'failed', changed: [], error, ms: 0 }));
}
