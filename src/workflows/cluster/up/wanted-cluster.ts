import { type InitRequest, initRequest } from '../../../config/init.ts';
import { type JoinRequest, joinRequest } from '../../../config/join.ts';
import { anyNode, type NodeFacts } from '../../../config/node-facts.ts';
import type { ClusterConfiguration, Taint } from '../../../config/types.ts';
import type { VersionWish } from '../../../config/version-wish.ts';
import { defined } from '../../../defined.ts';
import { bindPortOf, checkEndpoint, type MadeCluster, nameOfOthers } from '../../../inventory/endpoint.ts';
import { controlPlanesOf, loadBalancerOf, remarkOnNumber } from '../../../inventory/load-balancer.ts';
import { hostFingerprint, initDocuments, joinDocuments } from '../../../inventory/node-documents.ts';
import { refuseSnapshotsOfOthers } from '../../../inventory/snapshots.ts';
import type { ClusterFile, Inventory, InventoryHost } from '../../../inventory/types.ts';
import { balancingOf, type NodeBalancing } from '../../../phases/load-balancer/balancing.ts';
import type { PlannedCluster } from '../../../preflight/between/rule.ts';
import { type Release, releaseFor } from '../../../release/release.ts';
import { newestVersion } from '../../../release/served.ts';
import { parseVersion, type Version } from '../../../release/version.ts';

/** A machine as the file has it. */
export interface UpHost {
  /** Of its node too. */
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Of all that the file says about it. */
  readonly fingerprint: string;
}

/** What a file wants: its hosts, and what each of them is made with. */
export interface WantedCluster {
  readonly inventory: Inventory;
  /** In the order of the file; a new cluster begins with the first. */
  readonly controlPlanes: readonly [UpHost, ...UpHost[]];
  readonly workers: readonly UpHost[];
  readonly version: Version | undefined;
  /** Of init. */
  readonly skipPhases: readonly string[];
  /** Folders with patches, as the file has them. */
  readonly patchFolders: { readonly controlPlanes: string | undefined; readonly workers: string | undefined };
  /** What is between the hosts. */
  readonly planned: PlannedCluster;
  readonly entryOf: (host: Pick<UpHost, 'name'>) => InventoryHost;
  /** `made` is what is known of the cluster where it is there already. */
  readonly initRequest: (controlPlane: UpHost, release: Release, facts: NodeFacts, made?: MadeCluster) => InitRequest;
  readonly joinRequest: (entry: UpHost, release: Release, facts: NodeFacts) => JoinRequest;
  /** How a host of the cluster reaches the API servers. */
  readonly balancing: (entry: UpHost, cluster: ClusterConfiguration, release: Release) => NodeBalancing;
}

/** Beside the file. */
export interface Wishes {
  readonly ignorePreflightErrors?: readonly string[];
  readonly allowUnverified?: boolean;
  /** Looks up what a label (`stable`) stands for. */
  readonly versionOf: (wish: VersionWish | undefined) => Promise<Version | undefined>;
  readonly warn: (text: string) => void;
}

/** What the file and the flags want. Throws InputError with all that is wrong in it; asks no host. */
export async function wantedCluster(
  documents: ClusterFile,
  inventory: Inventory,
  { warn, versionOf, ignorePreflightErrors, allowUnverified }: Wishes,
): Promise<WantedCluster> {
  const entries = new Map(inventory.hosts.map((entry) => [entry.name, entry]));
  const entryOf: WantedCluster['entryOf'] = ({ name }) => {
    const entry = entries.get(name);
    if (entry === undefined) throw new Error(`no host ${name} in the inventory`);
    return entry;
  };
  const flags = {
    ...(ignorePreflightErrors ? { ignorePreflightErrors } : {}),
    ...(allowUnverified ? { allowUnverified: true } : {}),
  };
  const hostOf = (entry: InventoryHost) => upHost(entry, documents, inventory);
  const [first, ...further] = controlPlanesOf(inventory).map(hostOf);
  if (first === undefined) throw new Error('an inventory that was read has a control plane');
  const workers = inventory.hosts.filter(({ role }) => role === 'worker').map(hostOf);

  checkEndpoint(documents, inventory);
  refuseSnapshotsOfOthers(documents, inventory);
  const init: WantedCluster['initRequest'] = (host, release, facts, made) =>
    initRequest({ documents: initDocuments(documents, inventory, entryOf(host), release, facts, made), flags });
  const join: WantedCluster['joinRequest'] = (host, release, facts) =>
    joinRequest({
      documents: joinDocuments(documents, inventory, entryOf(host), release, facts),
      flags,
      discoveryFollows: true,
    });
  const version = await versionOf(init(first, anyRelease(), anyNode).version);
  const release = wantedRelease({ version });
  const { patchesDirectory, skipPhases } = init(first, release, anyNode);
  for (const host of further) join(host, release, anyNode);
  const [joined] = workers.map((host) => join(host, release, anyNode));

  warnOfNames(documents, [first, ...further], workers, warn);
  const remark = remarkOnNumber(inventory);
  if (remark !== undefined) warn(`${documents.inventory.placeOf(['hosts'])}: ${remark}`);
  return {
    inventory,
    controlPlanes: [first, ...further],
    workers,
    version,
    skipPhases,
    patchFolders: { controlPlanes: patchesDirectory, workers: joined?.patchesDirectory },
    planned: plannedOf(documents, inventory),
    entryOf,
    initRequest: init,
    joinRequest: join,
    balancing: (host, cluster, of) =>
      balancingOf(entryOf(host), { inventory, cluster, bindPort: bindPortOf(documents), release: of }),
  };
}

/** The release that the file names, else the newest. */
export function wantedRelease({ version }: Pick<WantedCluster, 'version'>): Release {
  return version === undefined ? anyRelease() : releaseFor(version);
}

/** Where only the form of the file matters. */
function anyRelease(): Release {
  return releaseFor(parseVersion(newestVersion));
}

function plannedOf(documents: ClusterFile, inventory: Inventory): PlannedCluster {
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
  { init, join }: ClusterFile,
  controlPlanes: readonly UpHost[],
  workers: readonly UpHost[],
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

function upHost(entry: InventoryHost, documents: ClusterFile, inventory: Inventory): UpHost {
  const { name, role, labels, taints = [] } = entry;
  return {
    name,
    role,
    labels,
    taints: taints.map(({ value, ...taint }) => ({ ...taint, ...defined({ value }) })),
    fingerprint: hostFingerprint(documents, inventory, entry),
  };
}
