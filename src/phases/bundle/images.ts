import type { BundleImage } from '../../bundle/lock.ts';
import type { Change } from '../../execute/change.ts';
import { type ImageArchive, imageImports } from '../image-load.ts';
import type { Phase } from '../phase.ts';
import { runtimeTool } from '../runtime-tool.ts';
import { type BundleContext, bundleFolder } from './context.ts';

/** The runtime of the bundle's packages, running; it imports what comes next. */
export const bundleRuntime: Phase<BundleContext> = {
  name: 'bundle-runtime',
  title: 'Container runtime',
  reads: () => ({ facts: true, services: ['containerd', 'docker'] }),
  desired: ({ lock, criSocket }, { facts }): readonly Change[] => {
    if (facts === undefined || lock.images.length === 0) return [];
    const socket = criSocket(facts);
    const { service } = runtimeTool(socket, facts);
    if (service === undefined) return [];
    const path = socket.replace(/^unix:\/\//, '');
    if (facts.runtime.sockets.includes(path) || facts.runtime.sockets.includes(`/var${path}`)) return [];
    return [{ kind: 'service', name: service, state: 'running', enabled: true }];
  },
};

/** The images that the host's runtime lacks, brought and imported. */
export const bundleImages: Phase<BundleContext> = {
  name: 'bundle-images',
  title: 'Images of the bundle',
  reads: () => ({ facts: true }),
  desired: (context, { facts }): readonly Change[] => {
    if (facts === undefined) return [];
    const { lock, role, criSocket } = context;
    const wanted = lock.images.filter(({ nodes }) => role === 'control-plane' || nodes === 'all');
    return imageImports(archivesOf(wanted, context), criSocket(facts), facts);
  },
};

/** One archive may hold several images. */
function archivesOf(images: readonly BundleImage[], context: BundleContext): readonly ImageArchive[] {
  const folder = bundleFolder(context);
  return [...new Set(images.map(({ file }) => file))].map((file) => ({
    images: images.flatMap((image) => (image.file === file ? [image.name] : [])),
    path: `${folder}/${file}`,
    source: context.source(file),
  }));
}
