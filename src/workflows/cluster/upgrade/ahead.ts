import type { ClusterConfiguration } from '../../../config/types.ts';
import { distributionOf } from '../../../distribution/distribution.ts';
import { downloading } from '../../../distribution/package-questions.ts';
import type { Facts } from '../../../host/facts/facts.ts';
import { factsOnce } from '../../../host/facts/facts-once.ts';
import { slots } from '../../../host/slots.ts';
import { imagesLacking } from '../../../phases/image-pull.ts';
import { runtimeTool } from '../../../phases/runtime-tool.ts';
import { releaseFor } from '../../../release/release.ts';
import type { Version } from '../../../release/version.ts';
import type { Machine } from '../up/up-input.ts';
import type { ClusterUpgrade } from './upgrade-input.ts';
import { bundleFor } from './way/bundles.ts';
import { imagesOf } from './way/images-ahead.ts';
import { repositoriesFor } from './way/kubelets-offered.ts';
import type { Hop } from './way/walk.ts';

/** What is under way for the nodes of a hop before their turn. */
export interface Ahead {
  /** When nothing more is under way for a node. */
  ready(name: string): Promise<void>;
  /** Nobody begins any more, and who has begun ends. */
  stop(): void;
}

export interface AheadOf {
  readonly machines: ReadonlyMap<string, Machine>;
  /** Its images are pulled in its own turn, which is the first. */
  readonly leader: Machine;
  readonly leavers: ReadonlySet<string>;
  readonly cluster: ClusterConfiguration;
  readonly input: ClusterUpgrade;
}

/**
 * Brings to nodes that still serve what they can have before their turn: packages into their package manager's cache, images.
 * They are away from their work only for what cannot be done beside it. What fails here fails again, and is told, in the
 * node's turn.
 */
export function bringAhead(hop: Hop, { machines, leader, leavers, cluster, input }: AheadOf): Ahead {
  const stopping = new AbortController();
  const signal = AbortSignal.any([input.run.signal, stopping.signal]);
  const turn = slots(input.parallel);
  const isFromBundle = bundleFor(input, hop.to) !== undefined;
  const concerned = isFromBundle ? [] : [...machines].filter(([name]) => !leavers.has(name));
  const under = new Map(
    concerned.map(([name, machine]) => {
      const host = factsOnce(machine.host);
      const work = async () => {
        if (signal.aborted) return;
        const { facts } = await host.observe({ facts: true });
        if (facts === undefined) return;
        if (hop.kubelets.includes(name)) await download({ ...machine, host }, hop.to, facts, input, signal);
        if (machine.entry !== leader.entry) {
          await pull({ ...machine, host }, imagesOf(machine, [hop], cluster, input), facts, signal);
        }
      };
      return [name, turn(work).catch(() => {})] as const;
    }),
  );
  return { ready: async (name) => under.get(name), stop: () => stopping.abort() };
}

async function download(
  machine: Machine,
  version: Version,
  facts: Facts,
  input: ClusterUpgrade,
  signal: AbortSignal,
): Promise<void> {
  const manager = distributionOf(facts)?.packageManager;
  if (manager === undefined) return;
  const names = ['kubelet', 'kubectl', ...(facts.programs.has('kubeadm') ? ['kubeadm'] : [])];
  const packages = names.map((name) => `${name}-${releaseFor(version).version.text.slice(1)}`);
  const command = downloading(manager, packages);
  if (command === undefined) return;
  const stdin = repositoriesFor(version, machine, facts, input);
  await machine.host.run(command, { stdin, deadline: downloadDeadline, signal });
}

async function pull({ host }: Machine, images: readonly string[], facts: Facts, signal: AbortSignal): Promise<void> {
  const [criSocket] = facts.runtime.sockets;
  if (criSocket === undefined) return;
  const tool = runtimeTool(criSocket, facts);
  for (const image of imagesLacking(images, facts, criSocket)) {
    if (signal.aborted) return;
    await host.run(tool.pull(image), { deadline: pullDeadline, signal });
  }
}

/** Seconds; mirrors can be slow. */
const downloadDeadline = 1800;
const pullDeadline = 900;
