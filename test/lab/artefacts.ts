import { release } from 'node:os';
import { artefact } from './cache.ts';
import { aptSources, installPackages } from './machine.ts';

/** Folders in the cache. */
export interface Artefacts {
  /** The root file system that every host begins with. */
  readonly base: string;
  /** Layers of a host's root: `node` (kubelet, kubectl) and `kubeadm`. */
  readonly kubernetes: string;
  /** `<name>.tar`, docker archives of the images of v1.20.2. */
  readonly images: string;
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

/** Everything that Debian hosts are made of; the first time it takes about six minutes, Kubernetes alone four. */
export async function prepare(): Promise<Artefacts> {
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
  const kubernetes = await artefact({ name: 'kubernetes', script: 'kubernetes.sh', args: [builder], timeout: 7200 });
  const images = await artefact({
    name: 'images',
    script: 'images.sh',
    sources: ['images'],
    args: [builder, kubernetes],
    timeout: 600,
  });
  const seed = await artefact({ name: 'seed', script: 'seed.sh', args: [base, images], timeout: 600 });
  return { base, kubernetes, images, seed };
}

/** The same and what makes hosts look like CentOS: half a minute more. */
export async function prepareCentos(): Promise<Artefacts & { readonly centos: CentosArtefacts }> {
  const debian = await prepare();
  const { base, kubernetes, seed } = debian;
  const packages = await artefact({
    name: 'packages',
    script: 'packages.sh',
    sources: ['packages', 'kubeadm/crictl'],
    args: [base, kubernetes],
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
