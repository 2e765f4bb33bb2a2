import type { Decided } from '../../../execute/decided.ts';
import { adding } from '../../../execute/done.ts';
import type { Target } from '../../../execute/target.ts';
import { bundleOnly } from '../../../phases/bundle/packages.ts';
import { type Release, releaseFor } from '../../../release/release.ts';
import { parseVersion } from '../../../release/version.ts';
import { type PrepareInput, prepareHost } from '../../node/prepare.ts';
import { preparePhases } from '../../node/prepare-phases.ts';
import { nodeStatus } from '../node-status.ts';
import { bringFromBundle } from '../up/from-bundle.ts';
import { prepareInput } from '../up/make-ready.ts';
import { moveRuntime } from '../up/move-runtime.ts';
import type { Machine } from '../up/up-input.ts';
import type { ClusterUpgrade, NodeByNode } from './upgrade-input.ts';
import { bundleFor } from './way/bundles.ts';

/** What comes to a node: all that is of the version, its kubelet's package, how that wants the runtime, or what is left of it then. */
export type PackagesPart = 'all' | 'kubelet' | 'runtime' | 'rest';

/** Phases of the preparation that go to the version with a node. */
const phasesOf: Readonly<Record<PackagesPart, readonly string[]>> = {
  all: ['repositories', 'packages', 'runtime'],
  kubelet: ['repositories', 'packages'],
  runtime: ['runtime'],
  rest: ['packages'],
};

/** Brings the packages of a version to a node, which is drained but for the rest. Returns what it changed. Throws KinitError. */
export async function bringPackages(
  machine: Machine,
  release: Release,
  input: NodeByNode,
  part: PackagesPart = 'all',
): Promise<readonly Decided[]> {
  const others = preparePhases.map(({ name }) => name).filter((name) => !phasesOf[part].includes(name));
  const { run, entryOf } = input;
  const bundle = bundleFor(input, release.version);
  const prepare: PrepareInput = {
    ...prepareInput(input, { release, run, skipPhases: others }),
    upgrades: part === 'kubelet' ? 'kubelet' : 'all',
    ...(bundle ? { fromBundle: bundleOnly } : {}),
  };
  const changed: Decided[] = [];
  if (bundle && (part === 'all' || part === 'kubelet'))
    await adding(changed, bringFromBundle('packages', machine, bundle, { wanted: input, release, run }));
  await adding(changed, prepareHost(machine.host, entryOf(machine.entry), prepare));
  return changed;
}

/** Brings the images of a version to a node that runs on. Returns what it changed. Throws KinitError. */
export async function bringImages(
  machine: Machine,
  release: Release,
  input: ClusterUpgrade,
): Promise<readonly Decided[]> {
  const bundle = bundleFor(input, release.version);
  return bundle ? bringFromBundle('images', machine, bundle, { wanted: input, release, run: input.run }) : [];
}

/** Moves a node from docker to the runtime of the file, which is brought first. Returns what it changed. Throws KinitError. */
export async function bringRuntime(
  machine: Machine,
  target: Target,
  input: ClusterUpgrade,
): Promise<readonly Decided[]> {
  const node = await (await target.kube()).get({
    apiVersion: 'v1',
    kind: 'Node',
    name: machine.entry.name.toLowerCase(),
  });
  if (node === undefined) return [];
  const changed: Decided[] = [];
  const own = parseVersion(nodeStatus(node).version, `the version of the kubelet of ${machine.entry.name}`);
  await adding(changed, bringPackages(machine, releaseFor(own), input));
  await adding(changed, moveRuntime(machine.entry.name, target, input, input));
  return changed;
}
