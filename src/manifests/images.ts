import type { ClusterConfiguration } from '../config/types.ts';
import type { Release } from '../release/release.ts';

export type KubernetesComponent = 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kube-proxy';

/** Every image that a control plane with this configuration needs, in the order of `kubeadm config images list`. */
export function requiredImages(cluster: ClusterConfiguration, release: Release): readonly string[] {
  const images = {
    coredns: cluster.dns.disabled ? [] : [coreDnsImage(cluster, release)],
    pause: [pauseImage(cluster, release)],
    etcd: cluster.etcd.external ? [] : [etcdImage(cluster, release)],
  };
  return [
    componentImage(cluster, release, 'kube-apiserver'),
    componentImage(cluster, release, 'kube-controller-manager'),
    componentImage(cluster, release, 'kube-scheduler'),
    ...(cluster.proxy.disabled ? [] : [componentImage(cluster, release, 'kube-proxy')]),
    ...release.images.listOrder.flatMap((name) => images[name]),
  ];
}

/** Those of the required images that a node without a control plane may run. */
export function workerImages(cluster: ClusterConfiguration, release: Release): readonly string[] {
  const images = [
    componentImage(cluster, release, 'kube-proxy'),
    pauseImage(cluster, release),
    coreDnsImage(cluster, release),
  ];
  return requiredImages(cluster, release).filter((image) => images.includes(image));
}

/** The image of a component that is released with Kubernetes itself. */
export function componentImage(
  cluster: ClusterConfiguration,
  release: Release,
  component: KubernetesComponent,
): string {
  return image(cluster.imageRepository, component, release.version.text);
}

/** The image of a pod's sandbox. */
export function pauseImage(cluster: ClusterConfiguration, release: Release): string {
  return image(cluster.imageRepository, 'pause', release.images.pause);
}

/** CoreDNS's image: mirrors have it beside the others where the default repository has a folder of its own for it. */
export function coreDnsImage({ dns, imageRepository }: ClusterConfiguration, { images }: Release): string {
  const repository = dns.imageRepository ?? imageRepository;
  const path = repository === images.repository ? images.coreDnsPath : images.mirrorCoreDnsPath;
  return image(repository, path, dns.imageTag ?? images.coreDns);
}

/** The image of a local etcd. */
export function etcdImage(cluster: ClusterConfiguration, release: Release): string {
  const repository = cluster.etcd.local?.imageRepository ?? cluster.imageRepository;
  return image(repository, 'etcd', etcdTag(cluster, release));
}

/** The tag of a local etcd's image: the user's, or the one that kubeadm of the version deploys. */
export function etcdTag(cluster: ClusterConfiguration, release: Release): string {
  return cluster.etcd.local?.imageTag ?? release.images.etcd;
}

/** A build suffix (`v1.20.2+build`) is no part of a tag's alphabet; kubeadm writes `_` for `+`. */
function image(repository: string, path: string, tag: string): string {
  return `${repository}/${path}:${tag.replaceAll('+', '_')}`;
}
