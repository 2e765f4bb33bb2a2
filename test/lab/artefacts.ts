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
}

/** Everything that hosts are made of; the first time it takes about six minutes, of which Kubernetes takes four. */
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
