import type { DrainChange } from '../../../execute/change.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding, addingAll } from '../../../execute/done.ts';
import { perform } from '../../../execute/executor.ts';
import { on, type Target } from '../../../execute/target.ts';
import { factsOnce } from '../../../host/facts/facts-once.ts';
import { wayBackKept } from '../../../phases/rollback/keep.ts';
import type { Release } from '../../../release/release.ts';
import type { HostClients } from '../../host-clients.ts';
import { runStage } from '../../stage.ts';
import type { Machine } from '../up/up-input.ts';
import { lastSign, passGate } from './gate.ts';
import { bringPackages, type PackagesPart } from './node-packages.ts';
import { kubeletOf, type NodeWork } from './node-work.ts';
import type { NodeByNode } from './upgrade-input.ts';
import { upgradeOwner } from './way/versions.ts';
import type { WholeAgain } from './whole-again.ts';

/** Takes a node through to a newer version; how it was is kept before its packages are touched. Throws KinitError. */
export async function upgradeKubelet(
  machine: Machine,
  release: Release,
  clients: HostClients,
  input: NodeByNode & NodeWork & Pick<KubeletSteps, 'undisturbed'> & { readonly begun: (() => void) | undefined },
): Promise<readonly Decided[]> {
  const packages = (part: PackagesPart, { host }: Target) =>
    bringPackages({ entry: machine.entry, host }, release, input, part);
  return throughKubelet(machine, release, clients, input, {
    undisturbed: input.undisturbed,
    whileTold: (target) => runStage([wayBackKept], input, target),
    whileLeaving: async (target) => {
      const done: Decided[] = [];
      await addingAll(done, [packages('kubelet', target), kubeletOf(machine, target, input)]);
      return done;
    },
    changes: (target) => packages('runtime', target),
    meanwhile: (target) => {
      input.begun?.();
      return packages('rest', target);
    },
  });
}

/** What differs between the way to a version and the way back. */
export interface KubeletSteps {
  /** Before the node is drained. */
  readonly undisturbed: WholeAgain;
  /** What nothing that runs there goes by, while its pods are told to leave. */
  readonly whileTold?: (target: Target) => Promise<readonly Decided[]>;
  /** What nothing that runs there notices: when its pods have been told to leave, and nothing holds any of them any more. */
  readonly whileLeaving?: (target: Target) => Promise<readonly Decided[]>;
  /** What is left to do before its kubelet begins anew. */
  readonly changes: (target: Target) => Promise<readonly Decided[]>;
  /** What nothing that runs there needs, while its kubelet begins anew: it mostly sleeps. */
  readonly meanwhile?: (target: Target) => Promise<readonly Decided[]>;
}

/**
 * Takes a node through to a version: drained, its kubelet's package and files, its kubelet anew, the gate, given back to the
 * scheduler. Packages come while pods leave, which may take half a minute, and not before nothing holds any of them. Each step
 * holds or is done: a run that was killed is finished by the next, and the node stays cordoned until then. Throws KinitError.
 */
export async function throughKubelet(
  machine: Machine,
  release: Release,
  clients: HostClients,
  input: NodeByNode,
  steps: KubeletSteps,
): Promise<readonly Decided[]> {
  const { entry } = machine;
  const host = factsOnce(machine.host);
  const { run, drainDeadline: deadline, force } = input;
  const node = entry.name.toLowerCase();
  const target = on(run, { host, release, kube: () => clients.kube() });
  const done: Decided[] = [];
  const drain = (how: DrainChange['how'], more: Pick<DrainChange, 'says' | 'end'>): Decided => ({
    phase: 'drain',
    change: { kind: 'drain', how, node, deadline, force, owner: upgradeOwner, ...more },
  });
  await steps.undisturbed.wait(node, target);
  const looked = host.observe({ facts: true }).catch(() => undefined);
  // Where pods may be left behind nobody waits for those that are held twice.
  const first = force ? 'drained' : 'leaving';
  const begun = { says: `[drain] Evicting the pods of node ${node}`, end: Date.now() + deadline * 1000 };
  await addingAll(done, [perform([drain(first, begun)], target), steps.whileTold?.(target) ?? nothing]);
  await looked;
  const leave = force ? [] : [perform([drain('drained', { end: begun.end })], target)];
  await addingAll(done, [...leave, steps.whileLeaving?.(target) ?? nothing]);
  const before = await lastSign(await clients.kube(), node, target);
  await adding(done, steps.changes(target));
  await adding(done, perform(restarted, target));
  const gate = passGate({ node, version: release.version, before, deadline: input.readyDeadline }, target);
  await addingAll(done, [gate.then(() => []), steps.meanwhile?.(target) ?? nothing]);
  await adding(done, perform([drain('back', { says: `[drain] Giving node ${node} back to the scheduler` })], target));
  return done;
}

const nothing: Promise<readonly Decided[]> = Promise.resolve([]);

/** Its package brings another unit, perhaps, and starts nothing (kubernetes/release kubelet.spec). */
const restarted: readonly Decided[] = [['daemon-reload'], ['restart', 'kubelet']].map((words) => ({
  phase: 'kubelet-start',
  change: { kind: 'command', argv: ['systemctl', ...words] },
}));
