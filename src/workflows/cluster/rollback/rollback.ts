import type { Decided } from '../../../execute/decided.ts';
import { on, type Target } from '../../../execute/target.ts';
import type { Host } from '../../../host/host.ts';
import { withLock } from '../../../host/lock/lock.ts';
import type { Phase } from '../../../phases/phase.ts';
import { addonsBack, configurationBack } from '../../../phases/rollback/cluster-back.ts';
import type { KeptCluster } from '../../../phases/rollback/record.ts';
import { adminConf } from '../../../release/paths.ts';
import { releaseFor } from '../../../release/release.ts';
import { type HostClients, hostClients, throughRestarts } from '../../host-clients.ts';
import { localControlPlane } from '../../node/local-control-plane.ts';
import { type Order, oneByOne, overHosts, type Place, withinBudget } from '../../over-hosts.ts';
import { runStage } from '../../stage.ts';
import type { Machine } from '../up/up-input.ts';
import { changesText } from '../up/up-outcome.ts';
import type { NodeByNode, UpgradeOutcome } from '../upgrade/upgrade-input.ts';
import { wholeAgain } from '../upgrade/whole-again.ts';
import { controlPlaneBack, forget, kubeletBack } from './node-back.ts';
import type { NodeBack, Way } from './way.ts';

/** What became of a hop that was taken back. */
export interface RollbackResult {
  readonly way: Way;
  readonly outcomes: readonly UpgradeOutcome[];
}

/**
 * Takes the nodes of a hop back: kubelets first, since none may be newer than its API server, then kube-proxy, the control
 * planes one at a time, and last what the cluster keeps of itself. Where no API server answers, the control planes go first.
 * Each step holds or is done, by what each node has kept, which goes at its end: a run that was killed is finished by the
 * same command. Returns what became of each node.
 */
export async function rollback(way: Way, input: NodeByNode): Promise<RollbackResult> {
  const { controlPlanes, workers, leftovers, living } = way;
  const outcomes: UpgradeOutcome[] = [];
  const leader = living?.host ?? controlPlanes[0]?.machine.host;
  if (leader === undefined) return { way, outcomes: await clean(leftovers, input) };
  const endpoint = (await localControlPlane(leader))?.endpoint;
  const clients = hostClients(leader, endpoint, adminConf, throughRestarts);
  const cluster = controlPlanes.find(({ record }) => record.cluster !== undefined)?.record.cluster;
  const ofCluster = (phase: Phase<{ readonly cluster: KeptCluster }>) => async () => {
    if (cluster !== undefined) await runStage([phase], { cluster }, targetOf(leader, clients, way, input));
  };
  const undisturbed = await wholeAgain(() => clients.kube());
  const kubelets = {
    part: 'kubelet',
    does: (one: NodeBack) => kubeletBack(one, clients, { ...input, undisturbed }),
  } as const;
  const pods = { part: 'control plane', does: (one: NodeBack) => controlPlaneBack(one, input) } as const;
  const hasKubelet = ({ record }: NodeBack) => record.kubelet !== null;
  const legs: readonly Leg[] = [
    ...(living === undefined ? [{ ...pods, nodes: controlPlanes, order: oneByOne }] : []),
    { ...kubelets, nodes: workers, order: withinBudget(input.maxUnavailable) },
    { ...kubelets, nodes: controlPlanes.filter(hasKubelet), order: oneByOne },
    { ...pods, nodes: controlPlanes, order: oneByOne, first: ofCluster(addonsBack) },
  ];
  try {
    for (const leg of legs) {
      if (leg.nodes.length === 0) continue;
      await leg.first?.();
      outcomes.push(...(await goLeg(leg, input)));
      if (outcomes.some(({ error }) => error !== undefined)) return { way, outcomes };
    }
    await ofCluster(configurationBack)();
    // The one that knows how the cluster was is the last to forget.
    const last = controlPlanes.toSorted(
      (a, b) => Number(a.record.cluster !== undefined) - Number(b.record.cluster !== undefined),
    );
    for (const { machine } of last) await forget(machine.host, input);
    await clean(leftovers, input);
    return { way, outcomes };
  } finally {
    living?.kube.close();
    clients.close();
  }
}

interface Leg {
  readonly part: UpgradeOutcome['part'];
  readonly nodes: readonly NodeBack[];
  readonly order: Order;
  readonly first?: () => Promise<void>;
  readonly does: (one: NodeBack) => Promise<readonly Decided[]>;
}

interface BackPlace extends Place {
  readonly one: NodeBack;
}

async function goLeg({ part, nodes, order, does }: Leg, { run }: NodeByNode): Promise<readonly UpgradeOutcome[]> {
  const to = ({ record }: NodeBack) => (part === 'kubelet' ? record.kubelet : record.apiServer) ?? '';
  const places = nodes.map((one): BackPlace => ({ name: one.machine.entry.name, opening: one.machine.host, one }));
  const ends = await overHosts(
    {
      places,
      order,
      work: (host, { one }) => withLock(host, 'kinit upgrade rollback', () => does(one)),
      says: (changed: readonly Decided[]) => `${part} back: ${changesText(changed)}`,
    },
    run,
  );
  return ends.map(({ host, ms, error, place, ...end }): UpgradeOutcome => {
    const common = { host, part, to: to(place.one), ms, error };
    if (end.how === 'done') return { ...common, result: 'done', changed: end.done };
    return { ...common, result: end.how === 'held back' ? 'held back' : 'failed', changed: end.before };
  });
}

function targetOf(host: Host, clients: HostClients, { hop, back }: Way, { run }: NodeByNode): Target {
  const version = back ?? hop;
  if (version === undefined) throw new Error('no hop to take back');
  return on(run, { host, release: releaseFor(version), kube: () => clients.kube() });
}

/** Hosts on which the end of an earlier run was cut off. */
async function clean(leftovers: readonly Machine[], input: NodeByNode): Promise<readonly UpgradeOutcome[]> {
  for (const machine of leftovers) await forget(machine.host, input);
  return [];
}
