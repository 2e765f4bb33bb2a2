import { defined } from '../../../defined.ts';
import type { Decided } from '../../../execute/decided.ts';
import { on, type Target } from '../../../execute/target.ts';
import { withLock } from '../../../host/lock/lock.ts';
import { wayBackKept } from '../../../phases/rollback/keep.ts';
import { type Release, releaseFor } from '../../../release/release.ts';
import type { Version } from '../../../release/version.ts';
import type { HostClients } from '../../host-clients.ts';
import { type HostEnd, type Order, oneByOne, overHosts, type Place, together, withinBudget } from '../../over-hosts.ts';
import { runStage } from '../../stage.ts';
import type { Machine } from '../up/up-input.ts';
import { changesText } from '../up/up-outcome.ts';
import { type Ahead, type AheadOf, bringAhead } from './ahead.ts';
import { dropEtcdTag, setEtcdTag } from './etcd-tag.ts';
import { upgradeKubelet } from './kubelet-leg.ts';
import { bringImages, bringRuntime } from './node-packages.ts';
import { applyOn, etcdOn, followOn } from './node-work.ts';
import type { UpgradeOutcome } from './upgrade-input.ts';
import { bundleFor } from './way/bundles.ts';
import { isUnfinished } from './way/versions.ts';
import type { Hop } from './way/walk.ts';
import type { WholeAgain } from './whole-again.ts';

/** What the hops of one upgrade share. */
export interface HopWork extends AheadOf {
  readonly clients: HostClients;
  /** What the control planes have before it. */
  readonly before: Version;
  /** Where etcd's data were kept before the first hop. */
  readonly snapshot: string | undefined;
  /** By what was whole before the first hop. */
  readonly undisturbed: WholeAgain;
}

/** The same work on some nodes of a hop. */
interface Leg {
  readonly part: UpgradeOutcome['part'];
  readonly nodes: readonly NodePlace[];
  readonly order: Order;
  readonly release: Release;
  /** Before the first of them. */
  readonly first?: () => Promise<void>;
  readonly does: (machine: Machine, target: Target) => Promise<readonly Decided[]>;
  /** Of those who wait, whose turn had better be next. */
  readonly next?: (waiting: readonly NodePlace[]) => Promise<NodePlace | undefined>;
}

interface NodePlace extends Place {
  readonly machine: Machine;
}

/** Goes one hop, leg by leg; one in which a node fails is the last. Returns what became of each node; throws for none. */
export async function goHop(hop: Hop, work: HopWork): Promise<readonly UpgradeOutcome[]> {
  const outcomes: UpgradeOutcome[] = [];
  const ahead = bringAhead(hop, work);
  try {
    for (const leg of legsOf(hop, work, ahead)) {
      if (leg.nodes.length === 0) continue;
      await leg.first?.();
      outcomes.push(...(await goLeg(leg, hop, work)));
      if (outcomes.some(({ error }) => error !== undefined)) break;
    }
  } finally {
    ahead.stop();
  }
  return outcomes;
}

function legsOf({ to, etcdTag, controlPlanes, kubelets }: Hop, work: HopWork, ahead: Ahead): readonly Leg[] {
  const { clients, input, leader, before, snapshot, undisturbed } = work;
  const leaderBefore = work.hostsBefore.get(leader.entry.name.toLowerCase()) ?? leader.host;
  const release = releaseFor(to);
  const isLeader = ({ machine }: NodePlace) => machine.entry === leader.entry;
  const all = placesOf(controlPlanes, work);
  const leaderFirst = [...all.filter(isLeader), ...all.filter((place) => !isLeader(place))];
  const ofRole = (role: Machine['entry']['role']) =>
    placesOf(kubelets, work).filter(({ machine }) => machine.entry.role === role);
  const allOfRole = (role: Machine['entry']['role']) =>
    placesOf([...work.machines.keys()], work).filter(({ machine }) => machine.entry.role === role);
  const node = { patches: input.patches, wayBack: { to, cluster: false, snapshot } };
  const led = { ...node, wayBack: { ...node.wayBack, cluster: true } };
  /** How the cluster was, before its configuration is touched. */
  const keeps = async () => {
    const target = on(input.run, { host: leaderBefore, release, kube: () => clients.kube() });
    await runStage([wayBackKept], led, target);
  };
  const kubelet = {
    part: 'kubelet',
    release,
    does: async (machine: Machine) => {
      const host = (await ahead.ready(machine.entry.name.toLowerCase())) ?? machine.host;
      const begun = machine.entry === leader.entry ? ahead.leaderIsThrough : undefined;
      return upgradeKubelet({ ...machine, host }, release, clients, { ...input, ...node, undisturbed, begun });
    },
  } as const;
  /** A worker that is out of service already, or else the first that would not wait for CoreDNS. */
  const better = async (waiting: readonly NodePlace[]) => {
    const names = waiting.map(({ name }) => name.toLowerCase());
    const next = (await unfinishedOf(names, clients)) ?? (await undisturbed.free(names));
    return waiting.find(({ name }) => name.toLowerCase() === next);
  };
  const etcd: Leg = {
    part: 'etcd',
    nodes: etcdTag === undefined ? [] : leaderFirst,
    order: oneByOne,
    release: releaseFor(before),
    first: async () => {
      await keeps();
      await setEtcdTag(await clients.kube(), etcdTag ?? '');
    },
    does: (machine, target) => etcdOn(machine, target, node),
  };
  const controlPlane: Leg = {
    part: 'control plane',
    nodes: leaderFirst,
    order: oneByOne,
    release,
    first: async () => {
      await keeps();
      await dropEtcdTag(await clients.kube(), to);
    },
    does: async (machine, target) => {
      const name = machine.entry.name.toLowerCase();
      if (machine.entry === leader.entry) {
        // Its images came from a bundle, or to another runtime, since it was asked.
        const isOther = images.nodes.length > 0 || work.leavers.has(name);
        const { facts } = isOther ? {} : await leaderBefore.observe({ facts: true });
        const done = await applyOn(machine, { ...target, ...defined({ facts }) }, led, ahead.images(name));
        if (!kubelets.includes(name)) ahead.leaderIsThrough();
        return done;
      }
      await ahead.ready(name);
      return followOn(machine, target, node);
    },
  };
  // kube-proxy and the pods of the system begin anew when the last control plane is there: every node has them by then.
  const images: Leg = {
    part: 'images',
    nodes: bundleFor(input, to) === undefined ? [] : placesOf([...work.machines.keys()], work),
    order: together(input.parallel),
    release,
    does: (machine) => bringImages(machine, release, input),
  };
  const hasDocker = release.kubelet.flags['network-plugin'] === 'docker';
  const isLeaver = ({ machine }: NodePlace) => !hasDocker && work.leavers.has(machine.entry.name.toLowerCase());
  const leaves = (role: Machine['entry']['role']) => allOfRole(role).filter(isLeaver);
  const runtime = {
    part: 'runtime',
    release: releaseFor(before),
    does: (machine: Machine, target: Target) => bringRuntime(machine, target, input),
  } as const;
  return [
    images,
    { ...runtime, nodes: leaves('control-plane'), order: oneByOne },
    { ...runtime, nodes: leaves('worker'), order: withinBudget(input.maxUnavailable) },
    etcd,
    controlPlane,
    { ...kubelet, nodes: ofRole('control-plane'), order: oneByOne },
    { ...kubelet, nodes: ofRole('worker'), order: withinBudget(input.maxUnavailable), next: better },
  ];
}

/** Of some nodes the first that an upgrade has taken from the scheduler, and not given back; none where nobody answers. */
async function unfinishedOf(names: readonly string[], clients: HostClients): Promise<string | undefined> {
  const listed = clients.kube().then((kube) => kube.list({ apiVersion: 'v1', kind: 'Node' }));
  const nodes = await listed.catch(() => []);
  const unfinished = new Set(nodes.filter(isUnfinished).map(({ metadata }) => metadata.name));
  return names.find((name) => unfinished.has(name));
}

function placesOf(names: readonly string[], { machines }: HopWork): readonly NodePlace[] {
  return names.map((name) => {
    const machine = machines.get(name);
    if (machine === undefined) throw new Error(`no machine ${name}`);
    return { name: machine.entry.name, opening: machine.host, machine };
  });
}

async function goLeg(
  { part, nodes, order, release, does, next }: Leg,
  { to }: Hop,
  { clients, input }: HopWork,
): Promise<readonly UpgradeOutcome[]> {
  const kube: Target['kube'] = (as) => clients.kube(as);
  const ends = await overHosts(
    {
      places: nodes,
      order,
      work: (host, { machine }) =>
        withLock(host, 'kinit upgrade', () => does(machine, on(input.run, { host, release, kube }))),
      ...defined({ next }),
      says: (changed: readonly Decided[]) => `${part} ${to.text}: ${changesText(changed)}`,
    },
    input.run,
  );
  return ends.map((end) => outcomeOf(end, part, to));
}

function outcomeOf(
  { host, ms, error, ...end }: HostEnd<NodePlace, readonly Decided[]>,
  part: UpgradeOutcome['part'],
  to: Version,
): UpgradeOutcome {
  const common = { host, part, to: to.text, ms, error };
  if (end.how === 'done') return { ...common, result: 'done', changed: end.done };
  return { ...common, result: end.how === 'held back' ? 'held back' : 'failed', changed: end.before };
}
