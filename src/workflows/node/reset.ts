import { completeReset, type ResetRequest } from '../../config/reset.ts';
import type { LocalAPIEndpoint } from '../../config/types.ts';
import { defined } from '../../defined.ts';
import { KinitError } from '../../errors.ts';
import type { Change } from '../../execute/change.ts';
import type { Decided } from '../../execute/decided.ts';
import { nothingObserved, type Observed } from '../../execute/observed.ts';
import type { Run } from '../../execute/run.ts';
import { on, type Target } from '../../execute/target.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient } from '../../kube/client.ts';
import { lastingClient } from '../../kube/lasting-client.ts';
import type { ResetContext } from '../../phases/reset/context.ts';
import { type Resident, residentFiles, residentOf } from '../../phases/reset/resident.ts';
import { kubeletReads } from '../../phases/reset/stop-kubelet.ts';
import { nearestRelease, type Release } from '../../release/release.ts';
import { tryParseVersion } from '../../release/version.ts';
import { clientFrom, ownFirst } from '../host-clients.ts';
import { decideStage, lookFor, runStage, type Selection, type StageOptions } from '../stage.ts';
import { phaseSelection } from './phase-selection.ts';
import { cleaning, emptying, leavingStages, removing, resetPhases, stopping, undoing } from './reset-stages.ts';

export interface ResetInput {
  readonly request: ResetRequest;
  /** An administrator's kubeconfig on the host. */
  readonly kubeconfig: string;
  readonly run: Run;
  readonly only?: string;
  /** All of the cluster is taken down, so that nothing in it need go on without this host. */
  readonly clusterGoes?: boolean;
}

export interface ResetResult {
  /** What was changed, or would be. */
  readonly changed: readonly Decided[];
  /** What should be gone and is not, a name each. */
  readonly leftovers: readonly string[];
}

/**
 * Takes a node's part of Kubernetes off a host and nothing else, or finishes what an earlier reset began. What cannot be
 * removed is told and gone past. Throws KinitError where the host must not be touched or cannot be reached.
 */
export async function resetHost(host: Host, input: ResetInput): Promise<ResetResult> {
  const seen = await host.observe({ ...kubeletReads, facts: true, files: [...residentFiles, ...kubeletReads.files] });
  if (seen.facts === undefined) throw new Error(`${host.name} told no facts`);
  const resident = residentOf(seen.files);
  const cluster = clusterOf(host, resident, input);
  try {
    const context = await contextOf(input, seen.facts, resident, cluster.answers);
    const selection = resetSelection(context, input.only);
    const { facts, release } = context;
    const target = on(input.run, { host, kube: cluster.kube, facts, release });
    const leave = async () => {
      const left: Decided[] = [];
      for (const stage of leavingStages) left.push(...(await runStage(stage, context, target, selection)));
      return left;
    };
    const left = context.resident.etcd === undefined ? await leave() : await input.run.turn(leave);
    const changed = [...left, ...(await remove(context, target, selection, { ...nothingObserved, ...seen, facts }))];
    let remaining = input.run.rehearsal ? [] : await leftovers(context, target, selection);
    if (remaining.length > 0) {
      // What was just ending when it was to go may have ended by now.
      const text = `[reset] Still there, so once more: ${remaining.join(', ')}`;
      input.run.reporter.report({ type: 'line', host: host.name, text });
      changed.push(...(await remove(context, target, selection)));
      remaining = await leftovers(context, target, selection);
    }
    return { changed, leftovers: remaining };
  } finally {
    cluster.close();
  }
}

/**
 * Takes away what is on the host. `before` is what was seen of the kubelet; the rest is looked at when that has stopped and
 * its pods are gone, and what preparation changed once more where there is any of it.
 */
async function remove(
  context: ResetContext,
  target: Target,
  selection: Selection,
  before?: Observed,
): Promise<readonly Decided[]> {
  const run = (stage: typeof removing, options: StageOptions = {}) =>
    runStage(stage, context, target, selection, options);
  const stopped = await run(stopping, defined({ observed: before }));
  const emptied = await run(emptying);
  const gone = [...stopped, ...emptied];
  if (target.rehearsal) {
    // What was only told to go is there still, so each looks at no more than its own.
    for (const stage of [...cleaning, undoing]) gone.push(...(await run(stage)));
    return gone;
  }
  const rest = cleaning.flat();
  const observed = await lookFor([...rest, ...undoing], context, target, selection);
  gone.push(...(await run(rest, { observed })));
  const isPrepared = undoing.some((phase) => phase.desired(context, observed).length > 0);
  return [...gone, ...(await run(undoing, isPrepared ? {} : { observed }))];
}

async function contextOf(
  { request, clusterGoes = false, run: { reporter, rehearsal } }: ResetInput,
  facts: Facts,
  resident: Resident,
  answers: () => Promise<boolean>,
): Promise<ResetContext> {
  const release = releaseOf(resident, facts);
  const criSocket = request.reset.criSocket || resident.criSocket;
  const named = criSocket ? { ...request, reset: { ...request.reset, criSocket } } : request;
  const warn = (text: string) => reporter.report({ type: 'warning', host: facts.hostname, text });
  const config = completeReset(named, { facts, version: release.version, warn });
  const asksCluster = release.node.clusterStatus && resident.isControlPlane && !rehearsal && !clusterGoes;
  return {
    config,
    release,
    facts,
    resident,
    nodeName: facts.hostname.toLowerCase(),
    clusterAnswers: asksCluster && (await answers()),
    clusterGoes,
  };
}

/** Of the control plane on the host, else of its kubelet. */
function releaseOf(resident: Resident, { kubeletVersion }: Facts): Release {
  return nearestRelease(resident.version ?? tryParseVersion(kubeletVersion ?? ''));
}

function resetSelection({ config, release }: ResetContext, only: string | undefined): Selection {
  const wanted = { ...defined({ only }), skip: config.skipPhases };
  return phaseSelection(wanted, { name: 'reset', release, phases: resetPhases });
}

/** The cluster as the host's own kubeconfig reaches it; kubeadm too goes on without it. */
function clusterOf(host: Host, { endpoint }: Resident, { kubeconfig }: ResetInput) {
  const open = (server: typeof endpoint) => answering(host, kubeconfig, server);
  const lasting = lastingClient(() => ownFirst(endpoint, open));
  return {
    kube: () => lasting.client(),
    answers: async () => {
      try {
        await lasting.client();
        return true;
      } catch {
        return false;
      }
    },
    close: () => lasting.close(),
  };
}

/** Milliseconds for an API server that refuses, and for one that is silent. */
const patience = { retryForMs: 2000, timeoutMs: 5000 };

async function answering(host: Host, kubeconfig: string, endpoint: LocalAPIEndpoint | undefined): Promise<KubeClient> {
  const client = await clientFrom(host, kubeconfig, endpoint, patience);
  try {
    if ((await client.raw('/version')).status === 200) return client;
    throw new KinitError('the API server does not tell its version', { host: host.name });
  } catch (error) {
    client.close();
    throw error;
  }
}

/** A second look, at everything at once: whatever the stages still want gone. */
async function leftovers(context: ResetContext, target: Target, selection: Selection): Promise<readonly string[]> {
  const remaining = await decideStage(removing, context, target, selection);
  return [...new Set(remaining.flatMap(({ change }) => namesOf(change)))];
}

function namesOf(change: Change): readonly string[] {
  switch (change.kind) {
    case 'absent':
      return [change.contents ? `what is in ${change.path}` : change.path];
    case 'command':
      return change.removes ?? [];
    case 'service':
      return [`the service ${change.name}, which still runs`];
    default:
      return [];
  }
}
