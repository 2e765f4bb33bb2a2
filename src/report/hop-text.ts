/** A hop of an upgrade in words. */
export function hopText({
  controlPlanes,
  kubelets,
  etcdTag,
}: {
  readonly controlPlanes: readonly string[];
  readonly kubelets: readonly string[];
  readonly etcdTag?: string;
}): string {
  const parts = [
    ...(etcdTag === undefined ? [] : [`etcd to ${etcdTag} first`]),
    ...(controlPlanes.length === 0 ? [] : [`control plane of ${controlPlanes.join(', ')}`]),
    ...(kubelets.length === 0 ? [] : [`kubelet of ${kubelets.join(', ')}`]),
  ];
  return parts.join('; ');
}
