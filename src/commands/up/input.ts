import { initRequest } from '../../config/init.ts';
import { joinRequest } from '../../config/join.ts';
import { anyNode } from '../../config/node-facts.ts';
import { defined } from '../../defined.ts';
import type { KinitError } from '../../errors.ts';
import type { Run } from '../../execute/run.ts';
import type { Host } from '../../host/host.ts';
import { bindPortOf, checkEndpoint, nameOfOthers } from '../../inventory/endpoint.ts';
import { controlPlanesOf, loadBalancerOf, remarkOnNumber } from '../../inventory/load-balancer.ts';
import { hostFingerprint, initDocuments, joinDocuments } from '../../inventory/node-documents.ts';
import type { Inventory, InventoryHost } from '../../inventory/types.ts';
import { balancingOf } from '../../phases/load-balancer/balancing.ts';
import type { PlannedCluster } from '../../preflight/between/rule.ts';
import { type Release, releaseFor } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import { parseVersion } from '../../release/version.ts';
import type { Dialled, UpHost, UpInput } from '../../workflows/cluster/up/up-input.ts';
import { agree } from '../down/run.ts';
import { positive } from '../each-host.ts';
import { readPatchFiles } from '../input/files.ts';
import { type InventoryFile, type InventoryFlags, inventoryDialer } from '../input/inventory-file.ts';
import { networkChoice } from '../input/network-choice.ts';
import { versionOf } from '../input/version-label.ts';
import type { Io } from '../io.ts';

/** The flags of `kinit up` and `kinit plan`. */
export interface UpFlags extends InventoryFlags {
  readonly allowUnverified?: boolean;
  readonly all?: boolean;
  readonly bundle?: string;
  readonly bundleKey?: string;
  readonly ignorePreflightErrors?: readonly string[];
  readonly output?: string;
  readonly parallel?: string;
  readonly prune?: boolean;
  readonly timeout?: string;
  readonly yes?: boolean;
}

/** What `up` works on, and how its connections are closed. */
export interface UpParts {
  readonly input: Omit<UpInput, 'prepare' | 'preflight'>;
  readonly entryOf: (host: UpHost) => InventoryHost;
  /** What preflight looks at between the hosts. */
  readonly planned: PlannedCluster;
  close(): Promise<void>;
}

/** Everything that a file and flags ask of `up`. Throws InputError with all that is wrong before any host is dialled. */
export async function upParts(file: InventoryFile, flags: UpFlags, io: Io, run: Run): Promise<UpParts> {
  const { documents, inventory } = file;
  const warn = (text: string) => run.reporter.report({ type: 'warning', host: 'kinit', text });
  const entries = new Map(inventory.hosts.map((entry) => [entry.name, entry]));
  const entryOf = ({ name }: UpHost) => entries.get(name) ?? unknown(name);
  const named = {
    ...(flags.ignorePreflightErrors ? { ignorePreflightErrors: flags.ignorePreflightErrors } : {}),
    ...(flags.allowUnverified ? { allowUnverified: true } : {}),
  };
  const [first, ...further] = controlPlanesOf(inventory);
  if (first === undefined) throw new Error('an inventory that was read has a control plane');
  const workers = inventory.hosts.filter(({ role }) => role === 'worker');

  checkEndpoint(documents, inventory);
  const init: UpInput['initRequest'] = (controlPlane, release, facts, made) =>
    initRequest({
      documents: initDocuments(documents, inventory, entryOf(controlPlane), release, facts, made),
      flags: named,
    });
  const join: UpInput['joinRequest'] = (entry, release, facts) =>
    joinRequest({
      documents: joinDocuments(documents, inventory, entryOf(entry), release, facts),
      flags: named,
      discoveryFollows: true,
    });
  const { version: wish, patchesDirectory, skipPhases } = init(upHost(first, file), anyRelease(), anyNode);
  const version = await versionOf(wish);
  const release = version === undefined ? anyRelease() : releaseFor(version);
  init(upHost(first, file), release, anyNode);
  for (const controlPlane of further) join(upHost(controlPlane, file), release, anyNode);
  const joins = workers.map((worker) => join(upHost(worker, file), release, anyNode));

  warnOfNames(documents, [first, ...further], workers, warn);
  const remark = remarkOnNumber(inventory);
  if (remark !== undefined) warn(`${documents.inventory.placeOf(['hosts'])}: ${remark}`);

  const { plugin, imageRepository } = inventory.network;
  const place = documents.inventory.placeOf(['network', 'plugin']);
  const dial = await inventoryDialer(inventory, flags, io);
  const opened: Dialled['machines'][number]['host'][] = [];
  let isClosed = false;
  const planned = plannedOf(documents, inventory);
  /** With what the file says of SSH for all hosts. */
  const dialNode = async (name: string, address: string): Promise<Host | KinitError> => {
    const { hosts, failures } = await dial([{ name, address, role: 'worker', labels: {}, taints: [], ssh: {} }]);
    return hosts[0]?.host ?? failures[0]?.error ?? unknown(name);
  };
  return {
    entryOf,
    planned,
    input: {
      controlPlanes: [upHost(first, file), ...further.map((entry) => upHost(entry, file))],
      workers: workers.map((worker) => upHost(worker, file)),
      initRequest: init,
      joinRequest: join,
      version,
      skipPhases,
      network: await networkChoice({ wish: plugin, place, imageRepository }, io),
      patches: {
        controlPlanes: await readPatchFiles(patchesDirectory, io, warn),
        workers: await readPatchFiles(joins[0]?.patchesDirectory, io, warn),
      },
      async dial(wanted) {
        const { hosts, failures } = await dial(wanted.map(entryOf));
        opened.push(...hosts.map(({ host }) => host));
        // One that is there only after the end is not for anybody.
        if (isClosed) await Promise.all(hosts.map(({ host }) => host.close()));
        const hostOf = (entry: InventoryHost) => wanted.find(({ name }) => name === entry.name) ?? unknown(entry.name);
        return {
          machines: hosts.map(({ entry, host }) => ({ entry: hostOf(entry), host })),
          failures: failures.map(({ entry, error }) => ({ entry: hostOf(entry), error })),
        };
      },
      planned,
      balancing: (host, cluster, of) =>
        balancingOf(entryOf(host), { inventory, cluster, bindPort: bindPortOf(documents), release: of }),
      run,
      parallel: positive('--parallel', flags.parallel ?? '32'),
      readyDeadline: positive('--timeout', flags.timeout ?? '300'),
      everything: flags.all === true,
      allowUnverified: flags.allowUnverified === true,
      ...(flags.prune
        ? {
            pruning: {
              drainDeadline: 60,
              agree: (nodes: readonly string[]) => agree(`what the file no longer has: ${nodes.join(', ')}`, flags, io),
              dial: (node: string, address: string) => dialNode(node, address),
            },
          }
        : {}),
    },
    async close() {
      isClosed = true;
      dial.close();
      await Promise.all(opened.map((host) => host.close()));
    },
  };
}

function plannedOf(documents: InventoryFile['documents'], inventory: Inventory): PlannedCluster {
  const bindPort = bindPortOf(documents);
  return {
    hosts: inventory.hosts,
    balancer: loadBalancerOf(inventory, bindPort),
    endpoint: nameOfOthers(documents, inventory),
    bindPort,
    localEtcd: documents.cluster?.value.etcd?.external === undefined,
  };
}

/** A name in kubeadm's documents, where the Inventory says how each node is called. */
function warnOfNames(
  { init, join }: InventoryFile['documents'],
  controlPlanes: readonly InventoryHost[],
  workers: readonly InventoryHost[],
  warn: (text: string) => void,
): void {
  for (const [document, hosts] of [[init, controlPlanes] as const, [join, workers] as const]) {
    const name = document?.value.nodeRegistration?.name;
    const others = hosts.filter((host) => host.name !== name);
    if (!name || others.length === 0) continue;
    const called = others.map((host) => `"${host.name}"`).join(', ');
    warn(
      `${document?.placeOf(['nodeRegistration', 'name'])}: "${name}" is passed over: the Inventory names the node${others.length > 1 ? 's' : ''} ${called}`,
    );
  }
}

function upHost(entry: InventoryHost, { documents, inventory }: InventoryFile): UpHost {
  const { name, role, labels, taints = [] } = entry;
  return {
    name,
    role,
    labels,
    taints: taints.map(({ value, ...taint }) => ({ ...taint, ...defined({ value }) })),
    fingerprint: hostFingerprint(documents, inventory, entry),
  };
}

/** The release that the file names, else the newest. */
export function releaseOf({ version }: Pick<UpInput, 'version'>): Release {
  return version === undefined ? anyRelease() : releaseFor(version);
}

/** Where only the form of the file matters. */
function anyRelease(): Release {
  return releaseFor(parseVersion(newestVersion));
}

function unknown(name: string): never {
  throw new Error(`no host ${name} in the inventory`);
}
