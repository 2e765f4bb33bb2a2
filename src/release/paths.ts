/** Where kubeadm keeps things on a node; these paths are contracts with other tools. */
export const kubernetesDirectory = '/etc/kubernetes';
export const manifestsDirectory = '/etc/kubernetes/manifests';
export const adminConf = '/etc/kubernetes/admin.conf';
export const superAdminConf = '/etc/kubernetes/super-admin.conf';
export const kubeletConf = '/etc/kubernetes/kubelet.conf';
export const bootstrapKubeletConf = '/etc/kubernetes/bootstrap-kubelet.conf';
export const kubeletDirectory = '/var/lib/kubelet';
export const kubeletConfigFile = '/var/lib/kubelet/config.yaml';
export const kubeletInstanceConfigFile = '/var/lib/kubelet/instance-config.yaml';
export const kubeletFlagsFile = '/var/lib/kubelet/kubeadm-flags.env';
export const kubeletClientCurrent = '/var/lib/kubelet/pki/kubelet-client-current.pem';

/** The pods whose manifests kubeadm writes, in its order. */
export const staticPodNames = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'] as const;
export const staticPodFiles: readonly string[] = staticPodNames.map(staticPodFile);

/** Where the manifest of a static pod is. */
export function staticPodFile(name: string): string {
  return `${manifestsDirectory}/${name}.yaml`;
}
