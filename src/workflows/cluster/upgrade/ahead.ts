import type { ClusterConfiguration } from '../../../config/types.ts';
import { defined } from '../../../defined.ts';
import { distributionOf } from '../../../distribution/distribution.ts';
import { downloading } from '../../../distribution/package-questions.ts';
import type { Facts } from '../../../host/facts/facts.ts';
import { inParallel, slots } from '../../../host/slots.ts';
import { missingImages } from '../../../phases/image-pull.ts';
import { isIgnored } from '../../../preflight/ignore.ts';
import type { Version } from '../../../release/version.ts';
import type { Machine } from '../up/up-input.ts';
import type { ClusterUpgrade } from './upgrade-input.ts';
import { bundleFor } from './way/bundles.ts';
import { imagesOf } from './way/images-ahead.ts';
import { repositoriesFor } from './way/kubelets-offered.ts';
import type { Hop } from './way/walk.ts';

/** What is under way for the nodes of a hop before their turn. */
export interface Ahead {
  /** When no images are under way for a node any more. */
  images(name: string): Promise<void>;
  /** When nothing more is under way for a node. */
  ready(name: string): Promise<void>;
  /** The first control plane has done its part: workers are next. */
  leaderIsThrough(): void;
  /** Nobody begins any more, and who has begun ends. */
  stop(): void;
}

/** What it goes by, as the whole hop does. */
export interface AheadOf {
  /** By their nodes' names. */
  readonly machines: ReadonlyMap<string, Machine>;
  /** What the cluster keeps of itself is written through it; its turn is the first. */
  readonly leader: Machine;
  /** Nodes, by name, that leave docker before the first version without it. */
  readonly leavers: ReadonlySet<string>;
  /** As it kept itself before the first hop. */
  readonly cluster: ClusterConfiguration;
  readonly input: ClusterUpgrade;
}

/**
 * Brings to nodes that still serve what they can have before their turn: packages into their package manager's cache, images.
 * They are away from their work only for what cannot be done beside it. Registries and mirrors serve first whose turn is
 * first: the leader, the other control planes, and workers when the leader is through. What fails here fails again, and is
 * told, in the node's turn.
 */
export function bringAhead(hop: Hop, { machines, leader, leavers, cluster, input }: AheadOf): Ahead {
  const stopping = new AbortController();
  const signal = AbortSignal.any([input.run.signal, stopping.signal]);
  const turn = slots(input.parallel);
  const isFromBundle = bundleFor(input, hop.to) !== undefined;
  const concerned = isFromBundle ? [] : [...machines].filter(([name]) => !leavers.has(name));
  let leaderIsThrough = () => {};
  const through = new Promise<void>((resolve) => (leaderIsThrough = resolve));
  if (!hop.controlPlanes.includes(leader.entry.name.toLowerCase())) leaderIsThrough();
  const first = concerned.find(([, { entry }]) => entry === leader.entry);
  const leading = first && begin(first, Promise.resolve());
  const under = new Map(
    concerned.map((one) => {
      const after = one[1].entry.role === 'worker' ? through : (leading?.images ?? through);
      return [one[0], one === first && leading !== undefined ? leading : begin(one, after)];
    }),
  );
  return {
    images: async (name) => under.get(name)?.images,
    ready: async (name) => under.get(name)?.all,
    leaderIsThrough,
    stop() {
      stopping.abort();
      leaderIsThrough();
    },
  };

  function begin([name, machine]: readonly [string, Machine], after: Promise<void>): Coming {
    const one = (work: (facts: Facts) => Promise<void>) => async () => {
      const { facts } = signal.aborted ? {} : await machine.host.observe({ facts: true });
      if (facts !== undefined) await work(facts);
    };
    const pulls = one((facts) => pull(machine, imagesOf(machine, [hop], cluster, input), facts, input, signal));
    const downloads = one((facts) => download(machine, hop.to, facts, input, signal));
    const images = after.then(() => turn(pulls)).catch(() => {});
    const isNext = hop.kubelets.includes(name);
    return { images, all: isNext ? images.then(() => turn(downloads)).catch(() => {}) : images };
  }
}

/** Neither fails. */
interface Coming {
  readonly images: Promise<void>;
  readonly all: Promise<void>;
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
  const packages = names.map((name) => `${name}-${version.text.slice(1)}`);
  const command = downloading(manager, packages);
  if (command === undefined) return;
  const stdin = repositoriesFor(version, machine, facts, input);
  await machine.host.run(command, { stdin, deadline: downloadDeadline, signal });
}

/** One that cannot be had ends it: a registry that is silent keeps the node's turn waiting once, not for each image. */
async function pull(
  { host }: Machine,
  images: readonly string[],
  facts: Facts,
  { ignored }: ClusterUpgrade,
  signal: AbortSignal,
): Promise<void> {
  const [criSocket] = facts.runtime.sockets;
  if (criSocket === undefined || isIgnored('ImagePull', ignored)) return;
  let isOver = false;
  const lacking = missingImages(images, { criSocket, imagePullPolicy: 'IfNotPresent' }, facts, []);
  await inParallel(lacking, atOnce, async (change) => {
    if (change.kind !== 'command' || isOver || signal.aborted) return;
    const { code } = await host.run(change.argv, { ...defined({ deadline: change.deadline }), signal });
    isOver ||= code !== 0;
  });
}

/** Images: one is unpacked while others come. */
const atOnce = 3;

/** Seconds; mirrors can be slow. */
const downloadDeadline = 1800;
