import { completeJoin, type JoinRequest } from '../../config/join.ts';
import { anyNode, type NodeFacts } from '../../config/node-facts.ts';
import type { Discovery } from '../../config/types.ts';
import { defined } from '../../defined.ts';
import type { Decided } from '../../execute/decided.ts';
import { adding } from '../../execute/done.ts';
import { type Run, warner } from '../../execute/run.ts';
import { on, type Target } from '../../execute/target.ts';
import { waitFor } from '../../execute/wait.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient } from '../../kube/client.ts';
import { kubeletHost } from '../../manifests/kubelet-host.ts';
import { type Patch, patchesFor } from '../../manifests/patches.ts';
import { hasCertificate } from '../../phases/join/kubelet-certificate.ts';
import type { JoinContext } from '../../phases/join-context.ts';
import type { NodeBalancing } from '../../phases/load-balancer/balancing.ts';
import { balancerFirst } from '../../phases/load-balancer/local.ts';
import { bootstrapKubeletConf } from '../../release/paths.ts';
import { Secret } from '../../secret.ts';
import { type AtEnd, withEnd } from '../at-end.ts';
import type { NodeSigner } from '../certificates/node-signer.ts';
import type { ClusterFacts } from '../cluster/cluster-info.ts';
import { isSelected, lookFor, runStage, type Selection } from '../stage.ts';
import { joinStages } from './join-stages.ts';
import { phaseSelection } from './phase-selection.ts';
import { refuseTakenName } from './taken-name.ts';

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
  const known = await input.facts;
  const target = on(run, { host, kube, release, ...(known === undefined ? {} : { facts: known }) });
  const observed = await lookFor([...checks, ...bootstrap], contextOf(someNode, input), target, selection, factsToo);
  const { facts } = observed;
  if (facts === undefined) throw new Error(`${host.name} told no facts`);

  const context = contextOf(facts, input);
  const node = context.config.nodeRegistration.name;
  const changed = [...(await runStage(checks, context, target, selection, { observed }))];
  const needsToken = isSelected('kubelet-start', selection) && !hasCertificate(context.config, observed);
  if (needsToken) await refuseTakenName(node, facts, await kube());
  const token = needsToken ? await tokenOf(input) : undefined;
  if (token !== undefined && !run.rehearsal) input.signer?.expect(node);
  const credentials = token === undefined ? [] : [removesCredentials(host, token)];
  await withEnd(credentials, warner(run, host.name), async () => {
    const inOrder = (decided: readonly Decided[]) => balancerFirst(decided, context.config);
    await adding(changed, runStage(bootstrap, { ...context, token }, target, selection, { observed, inOrder }));
    await adding(changed, runStage(registration, context, target, selection));
    if (input.waitReady > 0)
      await adding(
        changed,
        waitReady(node, input, target).then(() => []),
      );
  });
  return { node, changed };
}

/** Stands in for the host while it is asked: what is looked at does not depend on what the answer is. */
const someNode: HostFacts = { ...anyNode, hostname: 'localhost', systemdResolved: false, runtimes: [] };
const factsToo = { facts: true } as const;

type HostFacts = NodeFacts & Pick<Facts, 'systemdResolved' | 'runtimes'>;

function contextOf(facts: HostFacts, { request, discovery, cluster, ...input }: JoinInput): JoinContext {
  const { server, caPem } = input;
  const patches = patchesFor(input.patches, cluster.release, () => undefined);
  const config = completeJoin(typeof request === 'function' ? request(facts) : request, {
    facts,
    version: cluster.release.version,
    ...(discovery === undefined ? {} : { discovery }),
  });
  const { hostname } = facts;
  return {
    ...cluster,
    config,
    server,
    caPem,
    patches,
    hostname,
    ...kubeletHost(facts),
    token: undefined,
    ...defined({ balancing: input.balancing }),
  };
}

/** Nobody needs a token to see what would be done. */
async function tokenOf({ run, token }: JoinInput): Promise<Secret> {
  return run.rehearsal ? new Secret('placeh.olderplaceholder') : token();
}

/** Takes away what this run has put there, and nothing else; what goes well has done so itself. */
function removesCredentials(host: Host, token: Secret): AtEnd {
  const remove = async () => {
    const there = (await host.read([bootstrapKubeletConf])).get(bootstrapKubeletConf);
    if (there?.includes(token.reveal())) await host.perform([{ op: 'remove', path: bootstrapKubeletConf }]);
  };
  const failed = `${bootstrapKubeletConf} could not be removed`;
  return { does: remove, afterFailure: true, failed, leaves: 'it may hold the token of this run' };
}

async function waitReady(name: string, { waitReady: deadline }: JoinInput, target: Target): Promise<void> {
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
