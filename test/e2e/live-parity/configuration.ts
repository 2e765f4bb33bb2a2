/** A configuration that kubeadm v1.20.2 and kinit are both given. */
export interface Configuration {
  readonly title: string;
  /** Documents of the file that both read; `v1.20.2` and a token are filled in where a ClusterConfiguration lacks them. */
  readonly documents?: readonly object[];
  /** A file as it was written, instead of documents. */
  readonly text?: string;
  /** What kinit reads instead, where kubeadm v1.20.2 cannot: newer versions of the configuration API. */
  readonly forKinit?: readonly object[];
  readonly args?: readonly string[];
  /** The host's name; default the lab's. */
  readonly hostname?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of a directory `patches`. */
  readonly patches?: Readonly<Record<string, string>>;
}

export const token = { token: 'abcdef.0123456789abcdef' };
export const containerd = { name: 'cp1', criSocket: '/run/containerd/containerd.sock' };
export const v1_20 = '--kubernetes-version=v1.20.2';

/** An InitConfiguration of a node `cp1` at 192.0.2.10. */
export function init(fields: object = {}, version = 'v1beta2'): object {
  return {
    apiVersion: `kubeadm.k8s.io/${version}`,
    kind: 'InitConfiguration',
    bootstrapTokens: [token],
    nodeRegistration: containerd,
    localAPIEndpoint: { advertiseAddress: '192.0.2.10' },
    ...fields,
  };
}

/** A ClusterConfiguration of v1.20.2. */
export function cluster(fields: object = {}, version = 'v1beta2'): object {
  return {
    apiVersion: `kubeadm.k8s.io/${version}`,
    kind: 'ClusterConfiguration',
    kubernetesVersion: 'v1.20.2',
    ...fields,
  };
}

/** A KubeletConfiguration. */
export function kubelet(fields: object): object {
  return { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', ...fields };
}

/** A KubeProxyConfiguration. */
export function kubeProxy(fields: object): object {
  return { apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', kind: 'KubeProxyConfiguration', ...fields };
}
