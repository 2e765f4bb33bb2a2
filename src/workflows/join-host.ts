import { completeJoin, type JoinRequest } from '../config/join.ts';
import type { Discovery } from '../config/types.ts';
import type { Decided } from '../execute/executor.ts';
import type { Target } from '../execute/target.ts';
import { waitFor } from '../execute/wait.ts';
import type { Facts } from '../host/facts.ts';
import type { Host } from '../host/host.ts';
import type { KubeClient } from '../kube/client.ts';
import { kubeletHost } from '../manifests/kubelet-host.ts';
import type { Patch } from '../manifests/patches.ts';
import type { JoinContext } from '../phases/join-context.ts';
import { bootstrapKubeletConf, kubeletConf } from '../phases/paths.ts';
import { keyPool } from '../pki/keys.ts';
import type { Reporter } from '../report/reporter.ts';
import { Secret } from '../secret.ts';
import type { ClusterFacts } from './cluster-info.ts';
import { joinStages } from './join-stages.ts';
import type { NodeSigner } from './node-signer.ts';
import { phaseSelection } from './phase-selection.ts';
import { isSelected, runStage, type Selection } from './stage.ts';

/** What all hosts of one join have in common. */
export interface JoinInput {
  /** Or what it is once the facts of the host are known. */
  readonly request: JoinRequest | ((facts: Facts) => JoinRequest);
  readonly cluster: ClusterFacts;
  /** Where the request names no way to find the cluster, since the run already knows it. */
  readonly discovery?: Discovery;
  readonly server: string;
  readonly caPem: string;
  /** Asked for only when the host has no certificate yet. */
  readonly token: () => Promise<Secret>;
  readonly kube: () => Promise<KubeClient>;
  /** Where the run holds the cluster's CA. */
  readonly signer?: NodeSigner | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly now: number;
  readonly selection: Selection;
  readonly patches: readonly Patch[];
  /** Seconds to wait for the node to be Ready; 0: do not wait. */
  readonly waitReady: number;
  readonly rehearsal: boolean;
}

export interface JoinedHost {
  readonly node: string;
  readonly changed: readonly Decided[];
}

/** Joins one host as a worker, or finishes what an earlier run began. Throws KinitError; the bootstrap credentials go. */
export async function joinHost(host: Host, input: JoinInput): Promise<JoinedHost> {
  const { reporter, signal, now, rehearsal, kube, cluster } = input;
  const seen = await host.observe({ facts: true, paths: [kubeletConf] });
  const { facts } = seen;
  if (facts === undefined) throw new Error(`${host.name} told no facts`);
  const request = typeof input.request === 'function' ? input.request(facts) : input.request;
  const config = completeJoin(request, {
    facts,
    version: cluster.release.version,
    ...(input.discovery === undefined ? {} : { discovery: input.discovery }),
  });
  const { release } = cluster;
  const stages = joinStages(release);
  const selection = phaseSelection(input.selection, { name: 'join', release, phases: stages.flat() });
  const needsToken = seen.paths.get(kubeletConf)?.type !== 'file' && isSelected('kubelet-start', selection);
  const context: JoinContext = {
    ...cluster,
    config,
    server: input.server,
    caPem: input.caPem,
    patches: input.patches,
    rehearsal,
    hostname: facts.hostname,
    ...kubeletHost(facts),
    token: needsToken ? await (rehearsal ? placeholder : input.token()) : undefined,
  };
  const target: Target = {
    host,
    kube,
    facts,
    keys: keyPool(),
    release,
    reporter,
    now,
    signal,
    rehearsal,
  };
  const changed: Decided[] = [];
  if (needsToken && !rehearsal) input.signer?.expect(config.nodeRegistration.name);
  try {
    for (const stage of stages) changed.push(...(await runStage(stage, context, target, selection)));
    if (input.waitReady > 0) await waitReady(config.nodeRegistration.name, input, target);
  } catch (error) {
    if (context.token !== undefined) await removeCredentials(host, context.token).catch(() => {});
    throw error;
  }
  return { node: config.nodeRegistration.name, changed };
}

/** Takes away what this run has put there, and nothing else. */
async function removeCredentials(host: Host, token: Secret): Promise<void> {
  const there = (await host.read([bootstrapKubeletConf])).get(bootstrapKubeletConf);
  if (there?.includes(token.reveal())) await host.perform([{ op: 'remove', path: bootstrapKubeletConf }]);
}

/** Nobody needs a token to see what would be done. */
const placeholder = new Secret('placeh.olderplaceholder');

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
