import { release } from 'node:os';
import { join } from 'node:path';
import { releaseFor } from '../../src/release/release.ts';
import { parseVersion } from '../../src/release/version.ts';
import { artefact } from './cache.ts';
import { aptSources, installPackages } from './machine.ts';
import type { LabVersion } from './versions.ts';

/** Folders in the cache. */
export interface Artefacts {
  /** The root file system that every host begins with. */
  readonly base: string;
  /** Layers of a host's root: `node` (kubelet, kubectl) and `kubeadm`. */
  readonly kubernetes: string;
  /** One more layer, where Debian's containerd is not what runs: containerd, perhaps runc, and their configuration. */
  readonly runtime?: string;
  /** `<name>.tar`, docker archives of the images. */
  readonly images: string;
  /** The same for load balancers; below `programs` their programs with all that these need. */
  readonly balancers: string;
  /** A containerd folder with those images imported. */
  readonly seed: string;
  /** Only where it was asked for. */
  readonly centos?: CentosArtefacts;
}

export interface CentosArtefacts {
  /** Layers of a host's root: `common` over the base, and `stream-9` or `7` over that. */
  readonly layers: string;
  /** A layer over the base: the host that serves packages, images and time. */
  readonly mirror: string;
}

/**
 * Everything that Debian hosts are made of; the first time it takes about six minutes, four of which go into compiling
 * Kubernetes where the version has no programs.
 */
export async function prepare(version: LabVersion): Promise<Artefacts> {
  await installPackages();
  const base = await artefact({
    name: 'base',
    script: 'base.sh',
    sources: ['base'],
    args: [release()],
    stdin: aptSources,
    timeout: 1200,
  });
  const builder = await artefact({ name: 'builder', script: 'builder.sh', stdin: aptSources, timeout: 1200 });
  const kubernetes = await programs(version, builder);
  const images = await artefact({
    name: 'images',
    script: 'images.sh',
    sources: ['images', 'recipes/pack.sh'],
    args: [builder, kubernetes, ...version.images],
    timeout: 600,
  });
  const { haproxy, keepalived, kubeVip } = releaseFor(parseVersion(version.kubernetes)).loadBalancer;
  const balancers = await artefact({
    name: 'balancers',
    script: 'balancers.sh',
    sources: ['balancers', 'recipes/pack.sh'],
    args: [haproxy, keepalived, kubeVip],
    stdin: aptSources,
    timeout: 600,
  });
  const seed = await artefact({ name: 'seed', script: 'seed.sh', args: [base, images, balancers], timeout: 600 });
  const runtime = version.binaries === undefined ? {} : { runtime: join(kubernetes, 'runtime') };
  return { base, kubernetes, ...runtime, images, balancers, seed };
}

async function programs({ binaries, layers, images }: LabVersion, builder: string): Promise<string> {
  if (layers !== undefined) return layers;
  if (binaries === undefined) {
    return artefact({ name: 'kubernetes', script: 'kubernetes.sh', args: [builder], timeout: 7200 });
  }
  const { folder, containerdConfig, stamps } = binaries;
  const pause = images.find((image) => image.includes('/pause:')) ?? '';
  return artefact({
    name: 'binaries',
    script: 'binaries.sh',
    sources: [containerdConfig],
    args: [folder, containerdConfig, pause, ...stamps],
    timeout: 600,
  });
}

/** The folder of each of the versions: the programs of another one, in which a number of the same length stands for its own. */
export async function renumbered(version: LabVersion, numbers: readonly string[]): Promise<readonly string[]> {
  const { kubernetes } = await prepare(version);
  const args = [kubernetes, version.kubernetes, ...numbers];
  const folder = await artefact({ name: 'renumbered', script: 'renumbered.sh', args, timeout: 600 });
  return numbers.map((number) => join(folder, number));
}

/** The same and what makes hosts look like CentOS: half a minute more. */
export async function prepareCentos(version: LabVersion): Promise<Artefacts & { readonly centos: CentosArtefacts }> {
  const debian = await prepare(version);
  const { base, kubernetes, seed } = debian;
  const packages = await artefact({
    name: 'packages',
    script: 'packages.sh',
    sources: ['packages', 'kubeadm/crictl'],
    args: [base, kubernetes, ...macrosOf(version)],
    timeout: 600,
  });
  const layers = await artefact({
    name: 'centos',
    script: 'centos.sh',
    sources: ['centos'],
    args: [base, packages],
    timeout: 600,
  });
  const mirror = await artefact({
    name: 'mirror',
    script: 'mirror.sh',
    sources: ['mirror'],
    args: [base, packages, seed],
    timeout: 600,
  });
  return { ...debian, centos: { layers, mirror } };
}

/** The numbers in the packages' specification. */
const macrosOf = ({ kubernetes, later, containerd, packages: { release: number, cni, criTools } }: LabVersion) => [
  `version_kubernetes=${kubernetes.slice(1)}`,
  `version_later=${later.slice(1)}`,
  `release_kubernetes=${number}`,
  `version_cni=${cni}`,
  `version_cri_tools=${criTools}`,
  `version_containerd=${containerd}`,
];
