import type { Timeouts, UpgradeNode } from '../../../config/types.ts';
import { defined } from '../../../defined.ts';
import type { EtcdAccess } from '../../../execute/change.ts';
import type { Decided } from '../../../execute/decided.ts';
import { warner } from '../../../execute/run.ts';
import { on, type Target } from '../../../execute/target.ts';
import { kubeletHost } from '../../../manifests/kubelet-host.ts';
import { type Patch, patchesFor } from '../../../manifests/patches.ts';
import type { WayBackContext } from '../../../phases/rollback/keep.ts';
import { type UpgradeContext, upgradeFolders } from '../../../phases/upgrade-context.ts';
import { type Release, releaseFor } from '../../../release/release.ts';
import { newestVersion } from '../../../release/served.ts';
import { parseVersion, type Version } from '../../../release/version.ts';
import type { Selection } from '../../stage.ts';
import { etcdServers } from '../control-plane/etcd-servers.ts';
import { phaseSelection } from '../phase-selection.ts';
import { upgradePhases } from './cluster-stages.ts';
import { clusterVersion, type LivingNode, livingNode } from './living-node.ts';

/** What the upgrade of one node goes by, beside its target: the host, the cluster, and the release that it is to run. */
export interface UpgradeInput {
  readonly settings: UpgradeNode;
  readonly timeouts: Timeouts;
  /** Of --patches, all of them. */
  readonly patches: readonly Patch[];
  /** `*_proxy` variables for static pods: of a local run's environment. */
  readonly proxyEnvironment: ReadonlyMap<string, string>;
  /** The runtime of the node has the release's pause image by now. */
  readonly pauseFollows?: boolean;
  /** What the way back is kept for, where that is more than the target's version; undefined: for that. */
  readonly wayBack?: WayBackContext['wayBack'];
  /** By default all phases but those that the settings skip. */
  readonly selection?: Selection;
}

/** What became of a node. */
export interface UpgradedNode {
  readonly node: string;
  readonly isControlPlane: boolean;
  readonly from: Version;
  readonly to: Version;
  /** What was changed, or would be. */
  readonly changed: readonly Decided[];
}

/** A node, and what its upgrade is decided on. */
export interface BegunUpgrade {
  readonly living: LivingNode;
  readonly context: UpgradeContext;
  /** The same place, with what is known of it by now. */
  readonly target: Target;
}

/** Reads the node and the cluster before anything is decided; `isFirst`: it brings the cluster's own things along. Throws KinitError. */
export async function beginUpgrade(target: Target, input: UpgradeInput, isFirst: boolean): Promise<BegunUpgrade> {
  return withEtcd(await lookAtNode(target, input, isFirst));
}

/** The same without a question to etcd. Throws KinitError. */
export async function lookAtNode(target: Target, input: UpgradeInput, isFirst: boolean): Promise<BegunUpgrade> {
  const { host, kube, release } = target;
  const living = await livingNode(target, input);
  const { config, facts, isControlPlane } = living;
  const warn = warner(target, host.name);
  const context: UpgradeContext = {
    config,
    release,
    from: clusterVersion(living.apiServers, living.stored),
    isControlPlane,
    isFirst,
    settings: input.settings,
    wayBack: input.wayBack ?? { to: release.version, cluster: isFirst },
    folders: upgradeFolders(target.now),
    ...defined({ pauseFollows: input.pauseFollows }),
    hostname: facts.hostname,
    proxyEnvironment: input.proxyEnvironment,
    caDirectories: facts.caDirectories,
    patches: patchesFor(input.patches, release, warn),
    now: target.now,
    tokenIsOurs: false,
    owned: 'ours',
    ...kubeletHost(facts),
  };
  return { living, context, target: on(target, { host, kube, release, facts }) };
}

/** Knowing where etcd is, whose static pod changes. Throws KinitError. */
export async function withEtcd(begun: BegunUpgrade): Promise<BegunUpgrade> {
  const { living, context, target } = begun;
  const etcd = living.isControlPlane ? await etcdAccess(target, living) : undefined;
  return { ...begun, context: { ...context, ...defined({ etcd }) } };
}

async function etcdAccess({ kube }: Target, { config: { cluster } }: LivingNode): Promise<EtcdAccess | undefined> {
  if (cluster.etcd.local === undefined) return undefined;
  const directory = `${cluster.certificatesDir}/etcd`;
  return {
    servers: await etcdServers(await kube()),
    caFile: `${directory}/ca.crt`,
    certFile: `${directory}/healthcheck-client.crt`,
    keyFile: `${directory}/healthcheck-client.key`,
  };
}

/** Which phases run. Up to v1.31 `apply` of kubeadm has none: what v1.32 calls them selects there too. Throws InputError. */
export function upgradeSelection(
  name: 'upgradeApply' | 'upgradeNode',
  release: Release,
  { settings, selection }: Pick<UpgradeInput, 'settings' | 'selection'>,
): Selection {
  const wanted = selection ?? { skip: settings.skipPhases };
  const named = release.phases[name].length > 0 ? release : releaseFor(parseVersion(newestVersion));
  return phaseSelection(wanted, { name, release: named, phases: upgradePhases });
}
