import { setTimeout as sleep } from 'node:timers/promises';
import { completeInit } from '../../../config/init.ts';
import { anyNode } from '../../../config/node-facts.ts';
import { KinitError } from '../../../errors.ts';
import type { Decided } from '../../../execute/decided.ts';
import { throwIfInterrupted } from '../../../execute/interrupted.ts';
import { warner } from '../../../execute/run.ts';
import type { Host } from '../../../host/host.ts';
import { overlayHost } from '../../../host/overlay.ts';
import { slots } from '../../../host/slots.ts';
import { isReady, readyMessage } from '../../../kube/node.ts';
import { overlayKubeClient } from '../../../kube/overlay-client.ts';
import { generateToken } from '../../../kube/token.ts';
import { fingerprintAnnotation } from '../../../phases/inventory-marks.ts';
import { externalProblems, externalQuestion } from '../../../preflight/between/external-balancer.ts';
import { preflightError, warningLines } from '../../../preflight/report.ts';
import { type Release, releaseFor } from '../../../release/release.ts';
import { newestVersion } from '../../../release/served.ts';
import { parseVersion } from '../../../release/version.ts';
import { atEnd, withEnd } from '../../at-end.ts';
import { asClients, type HostClients, hostClients } from '../../host-clients.ts';
import { asKinitError, type HostStage, overHosts, type Place, together } from '../../over-hosts.ts';
import { refuseUnverified } from '../../release-remarks.ts';
import { revokesAbandoned, revokesToken, runToken } from '../join-token.ts';
import { type LivingCluster, refuseOtherCa } from '../living-cluster.ts';
import { settingsTurn } from '../settings/turn.ts';
import { type Leading, leading } from './leading.ts';
import { checkMachines } from './make-ready.ts';
import { movesRuntime } from './move-runtime.ts';
import { type MissingNode, missingNodes, prune, stays } from './prune.ts';
import { refuseUnchangeable } from './unchangeable.ts';
import type { Machine, UpInput, UpOutcome, UpResult } from './up-input.ts';
import { bringUpControlPlane, bringUpFurtherControlPlane, bringUpWorker, type UpRun } from './up-machine.ts';
import { changesText, notAsked, upOutcome } from './up-outcome.ts';
import type { UpHost } from './wanted-cluster.ts';

/**
 * Brings up the cluster of a file, or does what is left to do of it, by any control plane of its that lives. Machines of which the cluster says that they are as
 * the file wants them are not dialled. All machines that are reached at once are checked before any is touched; then each
 * is prepared and joined on its own, those too that are reached later: they wait for the leading control plane and for
 * nothing else. Throws KinitError where nothing was touched;
 * what becomes of a machine from there on is its outcome.
 */
export async function up(asked: UpInput): Promise<UpResult> {
  const input = asked.run.rehearsal ? onOverlays(asked) : asked;
  const { leader, living, made, dialled } = await leading(input);
  const { name } = leader.entry;
  const token = runToken(() => run.clients.kube(), input.run.now);
  const ended = new AbortController();
  const run: UpRun = {
    input,
    living,
    made,
    release: releaseOf(input, living),
    token,
    ended: ended.signal,
    slots: slots(input.parallel),
    settings: settingsTurn(),
    leader: leader.entry,
    clients: clientOf(leader, living, input),
  };
  try {
    return await withEnd([revokesToken(token)], warner(input.run, name), () =>
      allOf({ leader, dialled }, run).finally(() => ended.abort()),
    );
  } finally {
    living?.kube.close();
    run.clients.close();
  }
}

/** On hosts which only remember what is done to them. */
function onOverlays(input: UpInput): UpInput {
  const over = ({ entry, host }: Machine): Machine => ({ entry, host: overlayHost({ name: host.name, base: host }) });
  return {
    ...input,
    async dial(entries) {
      const { machines, failures } = await input.dial(entries);
      return { machines: machines.map(over), failures };
    },
  };
}

async function allOf({ leader, dialled }: Pick<Leading, 'leader' | 'dialled'>, run: UpRun): Promise<UpResult> {
  const { input, living } = run;
  refuseUnverified(run.release, input.allowUnverified ?? false);
  if (living) await refuseWhatCannotChange(leader, living, run);
  const missing = input.pruning && living ? missingNodes(living.nodes.values(), input) : [];
  if (missing.length > 0 && !input.run.rehearsal) await input.pruning?.agree(missing.map(({ name }) => name));
  const all = [...input.controlPlanes, ...input.workers];
  const due = all.filter((entry) => entry !== leader.entry && (input.everything || !isAsWanted(entry, living, input)));
  const others = due.map((entry) => reaching(entry, dialled.get(entry), input));
  const there = await thereInTime(others);
  const machines = others.flatMap((one) => machineOf(one, there.get(one.entry)));
  const unfit = await checkTogether([leader, ...machines], run);
  const own = unfit.get(leader.entry.name);
  if (own) throw own;
  throwIfInterrupted(input.run.signal, leader.host.name);

  const cluster = bringUpControlPlane(leader, run);
  const work = (host: Host, { entry }: UpPlace) => {
    if (entry === leader.entry) return cluster.changed;
    return entry.role === 'worker'
      ? bringUpWorker({ entry, host }, cluster, run)
      : bringUpFurtherControlPlane({ entry, host }, cluster, run);
  };
  const stage: HostStage<UpPlace, readonly Decided[]> = {
    places: [{ name: leader.entry.name, entry: leader.entry, opening: leader.host }, ...others],
    // The work takes its places itself: nobody holds one while it waits for the control plane.
    order: together(Number.POSITIVE_INFINITY),
    async admits(host, { entry }) {
      if (entry === leader.entry) return;
      const found = there.has(entry) ? unfit : await checkTogether([leader, { entry, host }], run, entry);
      const error = found.get(entry.name);
      if (error) throw error;
    },
    work,
    says: changesText,
  };
  const ends = await overHosts(stage, input.run);
  const asked = new Map(ends.map((end) => [end.place.entry, upOutcome(end)]));
  const ofFile = all.map((entry) => asked.get(entry) ?? notAsked(entry));
  await lookBehindBalancer(leader.host, run, ofFile);
  const outcomes = [...ofFile, ...(await pruned(missing, leader.host, run, ofFile))];
  return {
    outcomes,
    leaving: input.run.rehearsal ? missing.map(({ name }) => name) : [],
    leader: leader.entry.name,
    assumed: living === undefined,
    ...(await told(run, leader.entry, outcomes)),
  };
}

/** What became of those that the file no longer has, once its own control planes are as it says. */
async function pruned(
  missing: readonly MissingNode[],
  leader: Host,
  { input, living, clients }: UpRun,
  outcomes: readonly UpOutcome[],
): Promise<readonly UpOutcome[]> {
  const { pruning, run, controlPlanes } = input;
  if (missing.length === 0 || pruning === undefined || living === undefined || run.rehearsal) return [];
  const failed = new Set(outcomes.filter(({ error }) => error !== undefined).map(({ host }) => host));
  const unfinished = controlPlanes.filter(({ name }) => failed.has(name));
  if (unfinished.length > 0) return stays(missing, unfinished);
  return prune(missing, { input, pruning, leader, living, kube: await clients.kube() });
}

interface UpPlace extends Place {
  readonly entry: UpHost;
}

function reaching(entry: UpHost, found: Promise<Host | KinitError> | undefined, input: UpInput): UpPlace {
  if (found !== undefined) return { name: entry.name, entry, opening: found };
  const opening = input.dial([entry]).then(({ machines, failures }) => {
    const [found] = [...machines.map(({ host }) => host), ...failures.map(({ error }) => error)];
    if (found === undefined) throw new Error('neither a machine nor a failure');
    return found;
  });
  opening.catch(() => {});
  return { name: entry.name, entry, opening };
}

/** Milliseconds: who is there by then is checked together with the others. Who is not follows by itself. */
const gathering = 1000;

/** What is known of the others by then, or once all are there. Throws InputError. */
async function thereInTime(places: readonly UpPlace[]): Promise<ReadonlyMap<UpHost, Host | KinitError>> {
  const there = new Map<UpHost, Host | KinitError>();
  const all = Promise.all(places.map(async ({ entry, opening }) => there.set(entry, await opening)));
  const over = new AbortController();
  try {
    await Promise.race([all, sleep(gathering, undefined, { signal: over.signal })]);
  } finally {
    over.abort();
  }
  return new Map(there);
}

function machineOf({ entry }: UpPlace, found: Host | KinitError | undefined): readonly Machine[] {
  return found === undefined || found instanceof KinitError ? [] : [{ entry, host: found }];
}

/** The version of the file, else of the living cluster, else the newest. */
function releaseOf({ version }: UpInput, living: LivingCluster | undefined): Release {
  if (version !== undefined) return releaseFor(version);
  return living?.facts.release ?? releaseFor(parseVersion(newestVersion));
}

/** The cluster as reached through its control plane; in a rehearsal, as it would be. */
function clientOf({ host }: Machine, living: LivingCluster | undefined, input: UpInput): HostClients {
  return input.run.rehearsal ? asClients(overlayKubeClient(living?.kube)) : hostClients(host, undefined);
}

async function refuseWhatCannotChange(
  { host, entry }: Machine,
  living: LivingCluster,
  { input, release, made }: UpRun,
): Promise<void> {
  const request = input.initRequest(entry, release, anyNode, made);
  const { cluster } = completeInit(request, { facts: anyNode, version: release.version, newToken: generateToken });
  refuseUnchangeable(cluster, living.facts.cluster, host.name);
  await refuseOtherCa(host, cluster.certificatesDir, living);
}

/** The cluster knows the node, it is Ready, and the file says the same of it as when it was made so. */
function isAsWanted({ name, fingerprint }: UpHost, living: LivingCluster | undefined, wanted: UpInput): boolean {
  const node = living?.nodes.get(name.toLowerCase());
  if (node === undefined || movesRuntime(node, wanted)) return false;
  return isReady(node) && node.metadata.annotations?.[fingerprintAnnotation] === fingerprint;
}

/** The machines that cannot go on, and why. What is told of them is told of `only` where it follows the others. */
async function checkTogether(
  machines: readonly Machine[],
  { input, release, made }: UpRun,
  only?: UpHost,
): Promise<ReadonlyMap<string, KinitError>> {
  const results = await checkMachines(machines, input, release, made);
  const unfit = new Map<string, KinitError>();
  for (const { host, result } of results) {
    if (only !== undefined && host !== only.name) continue;
    for (const text of warningLines(result)) input.run.reporter.report({ type: 'warning', host, text });
    if (result.errors.length > 0) unfit.set(host, preflightError(result, host));
  }
  return unfit;
}

/** Where the user's own load balancer leads, once there is somebody to lead to; only told. */
async function lookBehindBalancer(host: Host, { input }: UpRun, outcomes: readonly UpOutcome[]): Promise<void> {
  const { planned, run } = input;
  const question = externalQuestion(planned);
  const isUp = outcomes.find(({ host: name }) => name === host.name)?.error === undefined;
  if (question === undefined || !isUp || run.rehearsal || run.signal.aborted) return;
  const seen = await host.observe({ commands: [question] }).catch(() => undefined);
  const answer = seen?.commands.get(question.join('\0'))?.stdout ?? '';
  const warnings = externalProblems(planned, answer);
  for (const text of warningLines({ errors: [], warnings }))
    run.reporter.report({ type: 'warning', host: host.name, text });
}

type Told = Pick<UpResult, 'unready' | 'strangers' | 'server'>;

/** What the cluster says at the end. Where it says nothing, what became of the hosts is told all the same, and a warning. */
async function told(run: UpRun, { name }: UpHost, outcomes: readonly UpOutcome[]): Promise<Told> {
  const { input } = run;
  const nothing = { unready: new Map<string, string>(), strangers: [], server: undefined };
  const leader = outcomes.find(({ host }) => host === name);
  if (leader?.error !== undefined || input.run.signal.aborted) return nothing;
  try {
    return await nodesTold(run, name);
  } catch (error) {
    const { message } = asKinitError(error, name);
    const text = `the cluster does not say at the end how its nodes are: ${message} (kinit status asks again)`;
    warner(input.run, name)(text);
    return nothing;
  }
}

/** Who is not Ready, and whom the file does not know. Throws KinitError. */
async function nodesTold({ input, clients }: UpRun, leader: string): Promise<Told> {
  const client = await clients.kube();
  const [nodes] = await Promise.all([
    client.list({ apiVersion: 'v1', kind: 'Node' }),
    input.run.rehearsal ? undefined : atEnd(revokesAbandoned(client), warner(input.run, leader)),
  ]);
  const known = new Set([...input.controlPlanes, ...input.workers].map(({ name }) => name.toLowerCase()));
  const unready = input.run.rehearsal ? [] : nodes.filter((node) => !isReady(node));
  return {
    server: client.server,
    unready: new Map(unready.map((node) => [node.metadata.name, readyMessage(node)])),
    strangers: nodes.map(({ metadata }) => metadata.name).filter((name) => !known.has(name)),
  };
}
