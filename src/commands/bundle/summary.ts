import type { BundleLock } from '../../bundle/lock.ts';

/** `Kubernetes v1.20.2 for centos 9 on x86_64: 15 packages, 7 images, 412 MiB`. */
export function bundleSummary({ kubernetesVersion, distribution, images, files }: BundleLock): string {
  const place = distribution ? ` for ${distribution.id} ${distribution.version} on ${distribution.architecture}` : '';
  const rpms = files.filter(({ path }) => path.endsWith('.rpm')).length;
  const mebibytes = Math.ceil(files.reduce((sum, { size }) => sum + size, 0) / 1024 / 1024);
  return `Kubernetes ${kubernetesVersion}${place}: ${rpms} packages, ${images.length} images, ${mebibytes} MiB`;
}
