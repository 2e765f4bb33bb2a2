import { seconds } from '../../../config/duration.ts';
import { defined } from '../../../defined.ts';
import { memberAt } from '../../../etcd/members.ts';
import type { EtcdAccess } from '../../../execute/change.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding } from '../../../execute/done.ts';
import { seenEtcd } from '../../../execute/etcd.ts';
import { throwIfInterrupted } from '../../../execute/interrupted.ts';
import type { Observed } from '../../../execute/observed.ts';
import { warner } from '../../../execute/run.ts';
import { on, type Target } from '../../../execute/target.ts';
import type { Host } from '../../../host/host.ts';
import { KubeError } from '../../../kube/error.ts';
import { controlPlane as staticPods } from '../../../phases/control-plane.ts';
import { downloadCerts } from '../../../phases/join/download-certs.ts';
import { etcdWithdrawn } from '../../../phases/join/etcd-withdrawn.ts';
import { hasCertificate } from '../../../phases/join/kubelet-certificate.ts';
import { etcdManifest, ownPeerUrl } from '../../../phases/join/own-member.ts';
import type { JoinContext, JoinControlPlaneContext } from '../../../phases/join-context.ts';
import { type AtEnd, withEnd } from '../../at-end.ts';
import { hostClients } from '../../host-clients.ts';
import { isPhaseWanted, isSelected, lookFor, runStage, type Selection, type Stage } from '../../stage.ts';
import {
  contextOf,
  type JoinControlPlanes,
  type JoinedHost,
  type JoinInput,
  removesCredentials,
  someNode,
  tokenOf,
  waitReady,
} from '../join-host.ts';
import { ownershipOf } from '../ownership.ts';
import { phaseSelection } from '../phase-selection.ts';
import { refuseTakenName } from '../taken-name.ts';
import { etcdServers } from './etcd-servers.ts';
import { controlPlaneJoinPhases, controlPlaneLegs, type Leg } from './legs.ts';

/** What a host joins as a control plane with. */
export interface JoinControlPlaneInput extends JoinInput {
  readonly controlPlanes: JoinControlPlanes;
}

/**
 * Joins one host as a control plane, or finishes what an earlier run began. Throws KinitError; the bootstrap credentials go,
 * and an etcd member that has no vote yet is taken back.
 */
export async function joinControlPlane(host: Host, input: JoinControlPlaneInput): Promise<JoinedHost> {
  const { run, cluster, kube } = input;
  const { release } = cluster;
  const selection = phaseSelection(input.selection, { name: 'join', release, phases: controlPlaneJoinPhases });
  const legs = controlPlaneLegs(cluster, input.balancing?.way !== undefined);
  const asked = on(run, { host, kube, release });
  const [context, seen] = await firstLook(legs, input, asked, selection);
  const { facts } = seen;
  if (facts === undefined) throw new Error(`${host.name} told no facts`);

  const { name: node } = context.config.nodeRegistration;
  const needsToken = isSelected('kubelet-start', selection) && !hasCertificate(context.config, seen);
  const targets = targetsOf(host, input, on(run, { host, kube, release, facts }), context);
  const walk: Walk = { targets, selection, seen, etcd: undefined };
  const wanted = legs.filter(({ stages }) => stages.flat().some((phase) => isPhaseWanted(phase, selection)));
  const isCheck = ({ stages }: Leg) => stages[0]?.[0]?.name === 'preflight';
  const changed: Decided[] = [];
  try {
    for (const leg of wanted.filter(isCheck)) await adding(changed, walked(leg, context, walk));
    if (needsToken) await refuseTakenName(node, facts, await kube());
    const token = needsToken ? await tokenOf(input) : undefined;
    if (token !== undefined && !run.rehearsal) input.signer?.expect(node);
    const credentials = token === undefined ? [] : [removesCredentials(host, token)];
    await withEnd(credentials, warner(run, host.name), async () => {
      for (const leg of wanted) {
        if (!isCheck(leg)) await adding(changed, walked(leg, { ...context, token }, walk));
      }
      if (input.waitReady === 0) return;
      const ready = waitReady(node, input, targets.of('administrator'));
      await adding(
        changed,
        ready.then(() => []),
      );
    });
  } finally {
    targets.close();
  }
  return { node, changed };
}

/**
 * What the host is like before anything is done to it, and the context that this makes. Throws KinitError, exit 2, where it
 * carries a control plane of another configuration.
 */
async function firstLook(
  legs: readonly Leg[],
  input: JoinControlPlaneInput,
  target: Target,
  selection: Selection,
): Promise<readonly [JoinControlPlaneContext, Observed]> {
  const phases = legs.flatMap(({ stages, atFirst }) => (atFirst ? stages.flat() : []));
  const some = asControlPlane(contextOf(someNode, input));
  const more = { ...staticPods.reads(some.controlPlane), facts: true };
  const seen = await lookFor(phases, some, target, selection, more, input.facts);
  if (seen.facts === undefined) throw new Error(`${target.host.name} told no facts`);
  const context = asControlPlane(contextOf(seen.facts, input));
  const isWhole = selection.only === undefined || selection.only === 'preflight';
  const owned = !isWhole || ownershipOf(staticPods.desired(context.controlPlane, seen), seen) === 'ours';
  const downloads = isPhaseWanted(downloadCerts, selection);
  return [{ ...context, controlPlane: { ...context.controlPlane, owned, downloads } }, seen];
}

function asControlPlane(context: JoinContext): JoinControlPlaneContext {
  const { controlPlane } = context;
  if (controlPlane === undefined) throw new Error('no control plane was asked for');
  return { ...context, controlPlane };
}

interface Walk {
  readonly targets: Targets;
  readonly selection: Selection;
  /** What the checks went by. */
  readonly seen: Observed;
  /** The last look at etcd and at what the host has of it, as long as nothing was changed and it tells that all is done. */
  etcd: Observed | undefined;
}

async function walked(leg: Leg, context: JoinControlPlaneContext, walk: Walk): Promise<readonly Decided[]> {
  const target = walk.targets.of(leg.as);
  return leg.inTurn ? inTurn(context, target, () => walkStages(leg, context, walk)) : walkStages(leg, context, walk);
}

/** One host at a time; who has to wait says for what. */
async function inTurn<T>(
  { controlPlane: { config } }: JoinControlPlaneContext,
  { turn, reporter, host, signal }: Target,
  work: () => Promise<T>,
): Promise<T> {
  let isItsTurn = false;
  const result = turn(async () => {
    isItsTurn = true;
    throwIfInterrupted(signal, host.name);
    return work();
  });
  const what = 'its turn: the cluster takes one new member at a time';
  const deadline = seconds(config.timeouts.etcdAPICall);
  if (!isItsTurn) reporter.report({ type: 'waiting', host: host.name, what, deadline });
  return result;
}

async function walkStages(leg: Leg, given: JoinControlPlaneContext, walk: Walk): Promise<readonly Decided[]> {
  const { selection, seen } = walk;
  const target = walk.targets.of(leg.as);
  const context = leg.etcd ? await withEtcd(given, target) : given;
  const changed: Decided[] = [];
  const ends = leg.etcd && leg.inTurn && !target.rehearsal ? [withdrawal(context, target)] : [];
  await withEnd(ends, warner(target, target.host.name), async () => {
    // Of what a stage asks of the host, none before it in its leg changes anything.
    let host: Observed | undefined;
    for (const stage of leg.stages) {
      if (leg.etcd) walk.etcd ??= await lookAtEtcd(stage, context, target, selection, host);
      host = leg.etcd ? walk.etcd : leg.atFirst && seen;
      const before = changed.length;
      await adding(changed, runStage(stage, context, target, selection, defined({ observed: host })));
      if (changed.length > before) walk.etcd = undefined;
    }
    if (leg.etcd && !votes(context, walk.etcd)) walk.etcd = undefined;
  });
  return changed;
}

/** One that votes is asked nothing more; of any other it may be another moment that counts. */
function votes(context: JoinControlPlaneContext, look: Observed | undefined): boolean {
  const etcd = look?.etcd;
  if (etcd?.members === undefined) return false;
  const own = memberAt(etcd.members, ownPeerUrl(context));
  return own !== undefined && !own.isLearner && etcd.healthy.has(own.id);
}

/** What etcd is like now, and the host as it was at a look before; where there was none, the host too. */
async function lookAtEtcd(
  stage: Stage<JoinControlPlaneContext>,
  context: JoinControlPlaneContext,
  target: Target,
  selection: Selection,
  host: Observed | undefined,
): Promise<Observed> {
  const { etcd } = context.controlPlane;
  if (host === undefined) return lookFor(stage, context, target, selection);
  if (host.etcd === undefined || etcd === undefined) return host;
  return { ...host, etcd: await seenEtcd(target.host, etcd) };
}

async function withEtcd(context: JoinControlPlaneContext, target: Target): Promise<JoinControlPlaneContext> {
  const { cluster, controlPlane } = context;
  if (cluster.etcd.external) return context;
  // Nobody has the rights to ask yet where nothing was really made.
  const isAsked = !target.rehearsal || (await hasEtcd(target));
  const directory = `${cluster.certificatesDir}/etcd`;
  const etcd: EtcdAccess = {
    servers: isAsked ? await serversSeen(target) : [],
    caFile: `${directory}/ca.crt`,
    certFile: `${directory}/healthcheck-client.crt`,
    keyFile: `${directory}/healthcheck-client.key`,
  };
  return { ...context, controlPlane: { ...controlPlane, etcd } };
}

/** A rehearsal with the rights of a node does without. */
async function serversSeen({ kube, rehearsal }: Target): Promise<readonly string[]> {
  return etcdServers(await kube()).catch((error: unknown) => {
    if (rehearsal && error instanceof KubeError && error.status === 403) return [];
    throw error;
  });
}

async function hasEtcd({ host }: Target): Promise<boolean> {
  const { paths } = await host.observe({ paths: [etcdManifest] });
  return paths.get(etcdManifest)?.type === 'file';
}

/** After Ctrl-C too: a learner that stays keeps every other one away. */
function withdrawal(context: JoinControlPlaneContext, target: Target): AtEnd {
  const unhurried = { ...target, signal: new AbortController().signal };
  return {
    does: () => runStage([etcdWithdrawn], context, unhurried),
    afterFailure: true,
    failed: 'the etcd member of this host could not be taken back',
    leaves: 'run the same command again to go on from here',
  };
}

interface Targets {
  of(as: Leg['as']): Target;
  close(): void;
}

function targetsOf(
  host: Host,
  { controlPlanes }: JoinControlPlaneInput,
  node: Target,
  { controlPlane: { config } }: JoinControlPlaneContext,
): Targets {
  const { administrator = hostClients } = controlPlanes;
  const [shared, here] = [administrator(host, undefined), administrator(host, config.localAPIEndpoint)];
  const targets: Readonly<Record<Leg['as'], Target>> = {
    node,
    administrator: on(node, { host, kube: shared.kube, release: node.release, ...defined({ facts: node.facts }) }),
    'administrator here': on(node, { host, kube: here.kube, release: node.release, ...defined({ facts: node.facts }) }),
  };
  return {
    of: (as) => targets[as],
    close() {
      shared.close();
      here.close();
    },
  };
}
