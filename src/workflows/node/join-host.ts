import { completeJoin, type JoinRequest } from '../../config/join.ts';
import { anyNode, type NodeFacts } from '../../config/node-facts.ts';
import type { ControlPlaneConfig, Discovery, JoinConfig, LocalAPIEndpoint } from '../../config/types.ts';
import { defined } from '../../defined.ts';
import type { Decided } from '../../execute/decided.ts';
import { adding } from '../../execute/done.ts';
import { type Run, warner } from '../../execute/run.ts';
import { on, type Target } from '../../execute/target.ts';
import { waitFor } from '../../execute/wait.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient } from '../../kube/client.ts';
import { KubeError } from '../../kube/error.ts';
import { kubeletHost } from '../../manifests/kubelet-host.ts';
import { type Patch, patchesFor } from '../../manifests/patches.ts';
import { hasCertificate } from '../../phases/join/kubelet-certificate.ts';
import { registrationMarks } from '../../phases/join/node-registered.ts';
import type { JoinContext, JoiningControlPlane, SharedSource } from '../../phases/join-context.ts';
import type { NodeBalancing } from '../../phases/load-balancer/balancing.ts';
import { balancerFirst } from '../../phases/load-balancer/local.ts';
import { bootstrapKubeletConf } from '../../release/paths.ts';
import { Secret } from '../../secret.ts';
import { type AtEnd, withEnd } from '../at-end.ts';
import type { NodeSigner } from '../certificates/node-signer.ts';
import type { ClusterFacts } from '../cluster/cluster-info.ts';
import type { HostClients } from '../host-clients.ts';
import { isSelected, lookFor, runStage, type Selection } from '../stage.ts';
import { joinStages } from './join-stages.ts';
import { phaseSelection } from './phase-selection.ts';
import { refuseTakenName } from './taken-name.ts';

/** What all hosts of one join as control planes have in common. */
export interface JoinControlPlanes {
  readonly shared: SharedSource;
  /** `*_proxy` variables for static pods: of a local run's environment. */
  readonly proxyEnvironment: ReadonlyMap<string, string>;
  /** The cluster with an administrator's rights, at its endpoint or at the host's own API server; by default those of its admin.conf. */
  readonly administrator?: (host: Host, endpoint?: LocalAPIEndpoint) => HostClients;
}

/** What all hosts of one join have in common. */
export interface JoinInput {
  /** Or what it is once the facts of the host are known. */
  readonly request: JoinRequest | ((facts: NodeFacts) => JoinRequest);
  readonly cluster: ClusterFacts;
  /** Where the request names no way to find the cluster, since the run already knows it. */
  readonly discovery?: Discovery;
  readonly server: string;
  readonly caPem: string;
  /** Asked for only when nothing keeps the host out and it has no certificate yet. */
  readonly token: () => Promise<Secret>;
  readonly kube: () => Promise<KubeClient>;
  /** Where the run holds the cluster's CA. */
  readonly signer?: NodeSigner | undefined;
  readonly run: Run;
  readonly selection: Selection;
  readonly patches: readonly Patch[];
  /** Seconds to wait for the node to be Ready; 0: do not wait. */
  readonly waitReady: number;
  /** How the host reaches the API servers, where the file of the cluster says so. */
  readonly balancing?: NodeBalancing | undefined;
  /** Of the one host that joins, where they are read while its cluster is looked for; undefined where that failed. */
  readonly facts?: Promise<Facts | undefined>;
  /** Where they join as control planes. */
  readonly controlPlanes?: JoinControlPlanes;
}

export interface JoinedHost {
  readonly node: string;
  readonly changed: readonly Decided[];
}

/**
 * Joins one host as a worker, or finishes what an earlier run began: its checks and its files are decided on one look.
 * Throws KinitError; the bootstrap credentials go.
 */
export async function joinHost(host: Host, input: JoinInput): Promise<JoinedHost> {
  const { run, kube, cluster } = input;
  const { release } = cluster;
  const { checks, bootstrap, registration } = joinStages(release);
  const phases = [...checks, ...bootstrap, ...registration];
  const selection = phaseSelection(input.selection, { name: 'join', release, phases });
  const asked = on(run, { host, kube, release });
  const first = [...checks, ...bootstrap];
  const observed = await lookFor(first, contextOf(someNode, input), asked, selection, factsToo, input.facts);
  const { facts } = observed;
  if (facts === undefined) throw new Error(`${host.name} told no facts`);

  const target = on(run, { host, kube, release, facts });
  const context = contextOf(facts, input);
  const node = context.config.nodeRegistration.name;
  const changed = [...(await runStage(checks, context, target, selection, { observed }))];
  const needsToken = isSelected('kubelet-start', selection) && !hasCertificate(context.config, observed);
  const bootstrapper = needsToken ? await kube() : undefined;
  if (bootstrapper !== undefined) await refuseTakenName(node, facts, bootstrapper);
  const token = needsToken ? await tokenOf(input) : undefined;
  if (token !== undefined && !run.rehearsal) input.signer?.expect(node);
  const credentials = token === undefined ? [] : [removesCredentials(host, token)];
  await withEnd(credentials, warner(run, host.name), async () => {
    const inOrder = (decided: readonly Decided[]) => balancerFirst(decided, context.config);
    await adding(changed, runStage(bootstrap, { ...context, token }, target, selection, { observed, inOrder }));
    await adding(changed, runStage(registration, context, watching(target, context, bootstrapper), selection));
    if (input.waitReady > 0)
      await adding(
        changed,
        waitReady(node, input, target).then(() => []),
      );
  });
  return { node, changed };
}

/**
 * Who has seen that the Node's name was free sees the Node come too, without opening a client with the kubelet's new rights
 * first; those it takes to mark the Node, or where the token ends meanwhile.
 */
function watching(target: Target, context: JoinContext, bootstrapper: KubeClient | undefined): Target {
  if (bootstrapper === undefined || Object.keys(registrationMarks(context)).length > 0) return target;
  const get: KubeClient['get'] = (ref) =>
    bootstrapper.get(ref).catch(async (error: unknown) => {
      if (!(error instanceof KubeError) || ![401, 403].includes(error.status)) throw error;
      return (await target.kube()).get(ref);
    });
  return { ...target, kube: async () => ({ ...bootstrapper, get }) };
}

/** Stands in for the host while it is asked: what is looked at does not depend on what the answer is. */
export const someNode: HostFacts = {
  ...anyNode,
  hostname: 'localhost',
  systemdResolved: false,
  runtimes: [],
  caDirectories: [],
};
const factsToo = { facts: true } as const;

type HostFacts = NodeFacts & Pick<Facts, 'systemdResolved' | 'runtimes' | 'caDirectories'>;

/** What the phases decide on, with the host's facts. Throws InputError where the request does not fit the host or the cluster. */
export function contextOf(facts: HostFacts, { request, discovery, cluster, ...input }: JoinInput): JoinContext {
  const { server, caPem } = input;
  const patches = patchesFor(input.patches, cluster.release, () => undefined);
  const config = completeJoin(typeof request === 'function' ? request(facts) : request, {
    facts,
    version: cluster.release.version,
    ...defined({ discovery }),
  });
  const { hostname } = facts;
  const balancing = defined({ balancing: input.balancing });
  const context = { ...cluster, config, server, caPem, patches, hostname, ...kubeletHost(facts), ...balancing };
  const { controlPlanes } = input;
  if (config.controlPlane === undefined || controlPlanes === undefined) return { ...context, token: undefined };
  const controlPlane: JoiningControlPlane = {
    config: controlPlaneConfig(config, config.controlPlane, cluster),
    release: cluster.release,
    patches,
    proxyEnvironment: controlPlanes.proxyEnvironment,
    caDirectories: facts.caDirectories,
    shared: controlPlanes.shared,
    downloads: false,
    owned: false,
  };
  return { ...context, token: undefined, controlPlane };
}

/** What init's phases decide on, as the cluster keeps it, on this node. */
function controlPlaneConfig(
  { nodeRegistration, timeouts }: JoinConfig,
  { localAPIEndpoint }: NonNullable<JoinConfig['controlPlane']>,
  { cluster, kubeletConfiguration }: ClusterFacts,
): ControlPlaneConfig {
  const { timeoutForControlPlane } = cluster.apiServer;
  return {
    cluster,
    nodeRegistration,
    localAPIEndpoint,
    // Before v1beta4 it is the cluster's.
    timeouts: { ...timeouts, ...defined({ controlPlaneComponentHealthCheck: timeoutForControlPlane }) },
    kubelet: { object: kubeletConfiguration, userSupplied: false },
  };
}

/** Nobody needs a token to see what would be done. */
export async function tokenOf({ run, token }: JoinInput): Promise<Secret> {
  return run.rehearsal ? new Secret('placeh.olderplaceholder') : token();
}

/** Takes away what this run has put there, and nothing else; what goes well has done so itself. */
export function removesCredentials(host: Host, token: Secret): AtEnd {
  const remove = async () => {
    const there = (await host.read([bootstrapKubeletConf])).get(bootstrapKubeletConf);
    if (there?.includes(token.reveal())) await host.perform([{ op: 'remove', path: bootstrapKubeletConf }]);
  };
  const failed = `${bootstrapKubeletConf} could not be removed`;
  return { does: remove, afterFailure: true, failed, leaves: 'it may hold the token of this run' };
}

/** Waits for the Node to be Ready, for as long as the user wants to. Throws KinitError. */
export async function waitReady(name: string, { waitReady: deadline }: JoinInput, target: Target): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Node', name };
  const advice = 'a node is NotReady until a pod network is installed; `kubectl describe node` says what it waits for';
  await waitFor(
    {
      kind: 'wait',
      until: { on: 'object', what: `node ${name} to be Ready`, ref, ready: 'node-ready' },
      deadline,
      advice,
    },
    target,
  );
}
