import { withImagesNow } from '../../../config/stored-cluster.ts';
import type { ClusterConfiguration } from '../../../config/types.ts';
import { distributionOf } from '../../../distribution/distribution.ts';
import { downloading } from '../../../distribution/package-questions.ts';
import type { Facts } from '../../../host/facts/facts.ts';
import { factsOnce } from '../../../host/facts/facts-once.ts';
import type { Host } from '../../../host/host.ts';
import { inParallel, slots } from '../../../host/slots.ts';
import { componentImage, coreDnsImage } from '../../../manifests/images.ts';
import { imagesLacking, pullDeadline } from '../../../phases/image-pull.ts';
import { runtimeTool } from '../../../phases/runtime-tool.ts';
import { isIgnored } from '../../../preflight/ignore.ts';
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
  /** When a node has the images without which its part cannot begin: those that it has got, and those that are still under way. */
  images(name: string): Promise<readonly string[]>;
  /** When nothing more is under way for a node; with it the host of a worker, whose facts have been read since. */
  ready(name: string): Promise<Host | undefined>;
  /** The leader has nothing more to do but wait: workers are next. */
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
  /** The hosts as they were before the hop, by their nodes' names: their facts are read once. */
  readonly hostsBefore: ReadonlyMap<string, Host>;
  /** Nodes, by name, that leave docker before the first version without it. */
  readonly leavers: ReadonlySet<string>;
  /** As it kept itself before the first hop. */
  readonly cluster: ClusterConfiguration;
  readonly input: ClusterUpgrade;
}

/**
 * Brings to nodes that still serve what they can have before their turn: packages into their package manager's cache, images.
 * They are away from their work only for what cannot be done beside it. Registries and mirrors serve first whose turn is
 * first: the leader, the other control planes, and workers when the leader is through; CoreDNS comes to them before. What fails here fails again, and is
 * told, in the node's turn.
 */
export function bringAhead(hop: Hop, work: AheadOf): Ahead {
  const { machines, leader, hostsBefore, leavers, cluster, input } = work;
  const stopping = new AbortController();
  const signal = AbortSignal.any([input.run.signal, stopping.signal]);
  const turn = slots(input.parallel);
  const isFromBundle = bundleFor(input, hop.to) !== undefined;
  const concerned = isFromBundle ? [] : [...machines].filter(([name]) => !leavers.has(name));
  let leaderIsThrough = () => {};
  const through = new Promise<void>((resolve) => (leaderIsThrough = resolve));
  const isOfHop = [...hop.controlPlanes, ...hop.kubelets].includes(leader.entry.name.toLowerCase());
  if (!isOfHop) leaderIsThrough();
  const first = concerned.find(([, { entry }]) => entry === leader.entry);
  const leading = first && begin(first, { first: undefined, rest: undefined });
  const under = new Map(
    concerned.map((one) => {
      if (one === first && leading !== undefined) return [one[0], leading];
      const rest = one[1].entry.role === 'worker' ? through : undefined;
      return [one[0], begin(one, { first: leading?.images, rest })];
    }),
  );
  return {
    images: async (name) => (await under.get(name)?.images) ?? [],
    ready: async (name) => under.get(name)?.all,
    leaderIsThrough,
    stop() {
      stopping.abort();
      leaderIsThrough();
    },
  };

  function begin([name, machine]: readonly [string, Machine], after: Readonly<Record<Wave, After>>): Coming {
    const host = hostsBefore.get(name) ?? factsOnce(machine.host);
    const wanted = imagesOf(machine, [hop], cluster, input);
    const isFirst = firstImages(machine, cluster, hop.to);
    const rest = wanted.filter((image) => !isFirst(image));
    const facts = async () => (signal.aborted ? undefined : (await host.observe({ facts: true })).facts);
    const pulls = async (images: readonly string[]) => {
      const there = await facts();
      return there === undefined ? [] : pull(machine, images, there, input, signal);
    };
    const downloads = async () => {
      const there = await facts();
      if (there !== undefined) await download(machine, hop.to, there, input, signal);
    };
    const wave = (images: readonly string[], before: After) =>
      Promise.resolve(before)
        .then(() => turn(() => pulls(images)))
        .catch(() => []);
    const begun = wave(wanted.filter(isFirst), after.first);
    const all = begun.then(() => wave(rest, after.rest));
    const isNext = hop.kubelets.includes(name);
    const brought = isNext ? all.then(() => turn(downloads)) : all;
    const looked = async () => {
      if (!isNext || machine.entry.role !== 'worker' || signal.aborted) return undefined;
      const since = factsOnce(machine.host);
      await since.observe({ facts: true });
      return since;
    };
    return {
      images: begun.then((got) => [...got, ...rest]),
      all: brought.then(() => turn(looked)).catch(() => undefined),
    };
  }
}

/** A control plane's pods cannot wait for their images, and CoreDNS, which is rolled out next, may come to any worker. */
function firstImages({ entry }: Machine, cluster: ClusterConfiguration, to: Version): (image: string) => boolean {
  const release = releaseFor(to);
  const then = withImagesNow(cluster, release);
  const dns = coreDnsImage(then, release);
  if (entry.role === 'worker') return (image) => image === dns;
  const proxy = componentImage(then, release, 'kube-proxy');
  return (image) => image !== dns && image !== proxy;
}

type Wave = 'first' | 'rest';
type After = Promise<unknown> | undefined;

/** Neither fails. */
interface Coming {
  /** Those that it has got, and those that are still under way. */
  readonly images: Promise<readonly string[]>;
  readonly all: Promise<Host | undefined>;
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

/** Those that it got. One that cannot be had ends it: a registry that is silent keeps the node's turn waiting once, not for each image. */
async function pull(
  { host }: Machine,
  images: readonly string[],
  facts: Facts,
  { ignored }: ClusterUpgrade,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const got: string[] = [];
  const [criSocket] = facts.runtime.sockets;
  if (criSocket === undefined || isIgnored('ImagePull', ignored)) return got;
  let isOver = false;
  const tool = runtimeTool(criSocket, facts);
  await inParallel(imagesLacking(images, facts, criSocket), atOnce, async (image) => {
    if (isOver || signal.aborted) return;
    const { code } = await host.run(tool.pull(image), { deadline: pullDeadline, signal });
    if (code === 0) got.push(image);
    isOver ||= code !== 0;
  });
  return got;
}

/** Images: one is unpacked while others come. */
const atOnce = 3;

/** Seconds; mirrors can be slow. */
const downloadDeadline = 1800;
