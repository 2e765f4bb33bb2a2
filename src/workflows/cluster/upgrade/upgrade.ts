import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, KinitError } from '../../../errors.ts';
import { throwIfInterrupted } from '../../../execute/interrupted.ts';
import { warner } from '../../../execute/run.ts';
import { on } from '../../../execute/target.ts';
import { factsOnce } from '../../../host/facts/facts-once.ts';
import type { Host } from '../../../host/host.ts';
import { WrongAnswer } from '../../../https/failure.ts';
import type { KubeObject } from '../../../kube/client.ts';
import { inventoryMarks } from '../../../phases/inventory-marks.ts';
import { type PreflightResult, weighed } from '../../../preflight/preflight.ts';
import { preflightError, warningLines } from '../../../preflight/report.ts';
import { adminConf } from '../../../release/paths.ts';
import { releaseFor } from '../../../release/release.ts';
import type { Version } from '../../../release/version.ts';
import { hopText } from '../../../report/hop-text.ts';
import { saveSnapshot } from '../../etcd/save-snapshot.ts';
import { type HostClients, hostClients, throughRestarts } from '../../host-clients.ts';
import { runStage } from '../../stage.ts';
import { etcdMembers } from '../etcd-members.ts';
import type { LivingCluster } from '../living-cluster.ts';
import { type Leading, leading } from '../up/leading.ts';
import { movesRuntime } from '../up/move-runtime.ts';
import type { Machine } from '../up/up-input.ts';
import type { UpHost } from '../up/wanted-cluster.ts';
import { goHop } from './hop.ts';
import type { ClusterUpgrade, UpgradeOutcome, UpgradeResult } from './upgrade-input.ts';
import { refuseMissingBundles, throughBundles } from './way/bundles.ts';
import { hostRisks } from './way/host-risks.ts';
import { refuseUnfitHosts } from './way/hosts-ahead.ts';
import { refuseMissingImages } from './way/images-ahead.ts';
import { type KubeletsOffered, kubeletsOffered } from './way/kubelets-offered.ts';
import { refuseMissingPackages } from './way/packages-ahead.ts';
import { risksOf } from './way/risks.ts';
import { throughRepositories } from './way/through-repositories.ts';
import { versionsOf } from './way/versions.ts';
import { type ClusterVersions, type Hop, walk } from './way/walk.ts';
import { wholeAgain } from './whole-again.ts';

/** The way of a cluster, as it stands; nothing is done. Throws KinitError where there is none. */
export async function planUpgrade(input: ClusterUpgrade): Promise<UpgradeResult> {
  const { living, leader, hops, risks, there, dialled, offers } = await look(input);
  living.kube.close();
  const questions = { living, leavers: leaversOf(living.nodes, input), offers };
  const onHosts = await hostRisks(
    async () => asked(await reached(hops, leader, dialled, input)),
    hops,
    questions,
    input,
  );
  const all = weighed([...risks.errors, ...risks.warnings, ...onHosts], input.ignored);
  return { from: there.cluster.text, hops, risks: all, outcomes: [], snapshot: undefined };
}

/**
 * Takes a cluster to a version: hop by hop the control planes one at a time, then kubelets, so many of the workers' at a
 * time as may be out of service. A control plane that fails stops the run; workers that fail use up what may be out of
 * service. Decided anew on what runs, so that a run that was killed is finished by the same command. Throws KinitError
 * where nothing was touched.
 */
export async function upgradeCluster(input: ClusterUpgrade): Promise<UpgradeResult> {
  const { living, leader, there, hops, risks, dialled, offers } = await look(input);
  const clients = hostClients(leader.host, undefined, adminConf, throughRestarts);
  const outcomes: UpgradeOutcome[] = [];
  try {
    for (const text of warningLines(risks)) warner(input.run)(text);
    if (risks.errors.length > 0) throw preflightError(risks);
    const machines = await reached(hops, leader, dialled, input);
    const leavers = leaversOf(living.nodes, input);
    const known = asked(machines);
    await refusedAmong([
      refuseUnfitHosts(known, hops, living, input),
      refuseMissingPackages(known, hops, input, offers),
    ]);
    // It may pull: not before the others have let pass.
    await refuseMissingImages(known, hops, living, leavers, input);
    const keeps = hops.length > 0 && there.etcd !== undefined;
    const snapshot = keeps ? await kept(controlPlanesOf(machines), input) : undefined;
    const undisturbed = await wholeAgain(() => clients.kube());
    for (const hop of hops) {
      const before = beforeOf(hop, hops, there);
      tell(input, `[upgrade] ${before.text} -> ${hop.to.text}: ${hopText(hop)}`);
      const { cluster } = living.facts;
      const hostsBefore = hostsOf(hop === hops[0] ? known : asked(machines));
      const work = { machines, hostsBefore, leader, leavers, clients, before, input, snapshot, cluster, undisturbed };
      const ends = await goHop(hop, work);
      outcomes.push(...ends);
      if (ends.some(({ error }) => error !== undefined)) break;
    }
    if (outcomes.every(({ error }) => error === undefined))
      await markAll(marked(machines, leader, hops, input), clients, input);
    return { from: there.cluster.text, hops, risks, outcomes, snapshot };
  } finally {
    living.kube.close();
    clients.close();
  }
}

/** The same machines, for several questions before anything of them changes. */
function asked(machines: ReadonlyMap<string, Machine>): ReadonlyMap<string, Machine> {
  return new Map([...machines].map(([name, machine]) => [name, { ...machine, host: factsOnce(machine.host) }]));
}

function hostsOf(machines: ReadonlyMap<string, Machine>): ReadonlyMap<string, Host> {
  return new Map([...machines].map(([name, { host }]) => [name, host]));
}

/** All are asked at once; the first that refuses is heard when the others have ended. */
async function refusedAmong(asked: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(asked)) if (end.status === 'rejected') throw end.reason;
}

/** Nodes that leave docker, by name. */
function leaversOf(nodes: LivingCluster['nodes'], input: ClusterUpgrade): ReadonlySet<string> {
  return new Set([...nodes].flatMap(([name, node]) => (movesRuntime(node, input) ? [name] : [])));
}

interface Found {
  readonly living: LivingCluster;
  readonly leader: Machine;
  readonly there: ClusterVersions;
  readonly hops: readonly Hop[];
  readonly risks: PreflightResult;
  readonly dialled: ReadonlyMap<UpHost, Promise<Host | KinitError>>;
  readonly offers: KubeletsOffered;
}

/** A cluster that is there, with the patience that an API server wants which a run that was killed has begun anew. Throws KinitError. */
async function answering(input: ClusterUpgrade): Promise<Leading> {
  const { readyDeadline, run } = input;
  const end = Date.now() + readyDeadline * 1000;
  let isTold = false;
  for (;;) {
    const found = await leading(input);
    const isOver = found.living !== undefined || found.made === undefined || !mayPass(found.silence);
    if (isOver || Date.now() >= end) return found;
    const { name: host } = found.leader.host;
    const what = 'an API server of the cluster to answer';
    if (!isTold) run.reporter.report({ type: 'waiting', host, what, deadline: readyDeadline });
    isTold = true;
    await sleep(between, undefined, { signal: run.signal }).catch(() => {});
    throwIfInterrupted(run.signal, host);
  }
}

/** Who answers wrongly, or keeps what nobody can read, does so in a moment too. */
function mayPass(silence: unknown): boolean {
  return (
    silence instanceof KinitError && !(silence instanceof WrongAnswer) && silence.exitCode === exitCodes.phaseFailed
  );
}

/** Milliseconds between two looks for the cluster. */
const between = 2000;

async function look(input: ClusterUpgrade): Promise<Found> {
  const { leader, living, dialled, silence } = await answering(input);
  if (living === undefined) {
    const why = silence instanceof Error ? `: ${silence.message}` : '';
    throw new KinitError(`no cluster answers, so there is nothing to upgrade${why}`, {
      host: leader.host.name,
      cause: silence,
      hint: '`kinit status` says how it is; an API server that an upgrade has broken goes back with `kinit upgrade rollback --config FILE`; `kinit up` brings a new cluster up',
    });
  }
  try {
    const offers = kubeletsOffered(input);
    const etcd = living.facts.cluster.etcd.local === undefined ? undefined : await etcdMembers(leader.host);
    const nodes = inOrderOf(input, living.nodes);
    const there = await versionsOf(living.kube, living.facts.release.version, nodes, etcd);
    const wish = await throughRepositories(throughBundles(input), there.cluster, leader, input, offers);
    const hops = walk(there, wish);
    refuseMissingBundles(hops, input);
    refuseStrangers(hops, input);
    const risks = weighed(await risksOf(living, hops, leaversOf(living.nodes, input), input.run.now), input.ignored);
    return { living, leader, there, hops, risks, dialled, offers };
  } catch (error) {
    living.kube.close();
    throw error;
  }
}

/** The nodes of the cluster as the file has them, and then those that it does not name. */
function inOrderOf({ controlPlanes, workers }: ClusterUpgrade, nodes: LivingCluster['nodes']): readonly KubeObject[] {
  const names = [...controlPlanes, ...workers].map(({ name }) => name.toLowerCase());
  const strangers = [...nodes.keys()].filter((name) => !names.includes(name)).sort();
  return [...names, ...strangers].flatMap((name) => nodes.get(name) ?? []);
}

/** Throws KinitError for nodes that have to go along and that the file does not name. */
function refuseStrangers(hops: readonly Hop[], { controlPlanes, workers }: ClusterUpgrade): void {
  const known = new Set([...controlPlanes, ...workers].map(({ name }) => name.toLowerCase()));
  const strangers = [...new Set(hops.flatMap((hop) => [...hop.controlPlanes, ...hop.kubelets]))].filter(
    (name) => !known.has(name),
  );
  if (strangers.length === 0) return;
  throw new KinitError(`nodes that the file does not name have to be upgraded too: ${strangers.join(', ')}`, {
    exitCode: exitCodes.preflight,
    hint: 'add them to the file, or take them out of the cluster: kinit node remove NAME',
  });
}

/** The machines of all nodes that have something to do, before anything is touched. Throws KinitError for one that is not reached. */
async function reached(
  hops: readonly Hop[],
  leader: Machine,
  dialled: ReadonlyMap<UpHost, Promise<Host | KinitError>>,
  { controlPlanes, workers, dial }: ClusterUpgrade,
): Promise<ReadonlyMap<string, Machine>> {
  const names = new Set(hops.flatMap((hop) => [...hop.controlPlanes, ...hop.kubelets]));
  const wanted = [...controlPlanes, ...workers].filter(
    (entry) => entry !== leader.entry && names.has(entry.name.toLowerCase()),
  );
  const [{ machines, failures }, ...before] = await Promise.all([
    dial(wanted.filter((entry) => !dialled.has(entry))),
    ...wanted.flatMap((entry) => {
      const opening = dialled.get(entry);
      return opening === undefined ? [] : [opening.then((host) => ({ entry, host }))];
    }),
  ]);
  const open = before.flatMap(({ entry, host }) => (host instanceof KinitError ? [] : [{ entry, host }]));
  const failed = [
    ...before.flatMap(({ entry, host }) => (host instanceof KinitError ? [{ entry, error: host }] : [])),
    ...failures,
  ];
  const [first] = failed;
  if (first !== undefined) {
    throw new KinitError(
      `not reached: ${failed.map(({ entry, error }) => `${entry.name} (${error.message})`).join(', ')}; nothing was touched`,
      {
        host: first.entry.name,
        exitCode: exitCodes.preflight,
        hint: 'an upgrade wants all of its nodes: bring them back, or take them out of the cluster: kinit node remove NAME',
      },
    );
  }
  const found = new Map([...open, ...machines, leader].map((machine) => [machine.entry, machine]));
  const inOrder = [...controlPlanes, ...workers].flatMap((entry) => found.get(entry) ?? []);
  return new Map(inOrder.map((machine) => [machine.entry.name.toLowerCase(), machine]));
}

/** Keeps etcd's data where the input says so; says where. Throws KinitError. */
async function kept(hosts: readonly Host[], { snapshotFolder, run }: ClusterUpgrade): Promise<string | undefined> {
  if (snapshotFolder === undefined) return undefined;
  const { path, bytes, revision } = await saveSnapshot({ hosts, to: { folder: snapshotFolder }, run });
  return `${path} (${(bytes / 1000 / 1000).toFixed(1)} MB, revision ${revision})`;
}

function controlPlanesOf(machines: ReadonlyMap<string, Machine>): readonly Host[] {
  return [...machines.values()].flatMap(({ entry, host }) => (entry.role === 'control-plane' ? [host] : []));
}

/** The version of the control planes before a hop. */
function beforeOf(hop: Hop, hops: readonly Hop[], { cluster }: ClusterVersions): Version {
  return hops[hops.indexOf(hop) - 1]?.to ?? cluster;
}

/** Whom the marks are of: an earlier run that was cut off may have brought nodes through which have nothing to do in this one. */
function marked(
  machines: ReadonlyMap<string, Machine>,
  { host }: Machine,
  hops: readonly Hop[],
  { controlPlanes, workers }: ClusterUpgrade,
): readonly Machine[] {
  if (hops.length === 0) return [...machines.values()];
  return [...controlPlanes, ...workers].map((entry) => machines.get(entry.name.toLowerCase()) ?? { entry, host });
}

/** What the file says of each node is so now: `kinit up` has nothing to do. The cluster keeps it, whichever host is asked. */
async function markAll(
  machines: readonly Machine[],
  clients: HostClients,
  { run, wish }: ClusterUpgrade,
): Promise<void> {
  const release = releaseFor(wish.target);
  const kube = await clients.kube();
  const nodes = new Set((await kube.list({ apiVersion: 'v1', kind: 'Node' })).map(({ metadata }) => metadata.name));
  for (const { entry, host } of machines) {
    const { labels, taints, fingerprint } = entry;
    const node = entry.name.toLowerCase();
    if (!nodes.has(node)) continue;
    const target = on(run, { host, release, kube: () => clients.kube() });
    await runStage([inventoryMarks], { node, labels, taints, fingerprint }, target);
  }
}

function tell({ run }: ClusterUpgrade, text: string): void {
  run.reporter.report({ type: 'line', host: 'kinit', phase: 'upgrade', text });
}
