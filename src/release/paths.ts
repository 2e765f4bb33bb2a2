/** Where kubeadm keeps things on a node; these paths are contracts with other tools. */
export const kubernetesDirectory = '/etc/kubernetes';
export const pkiDirectory = '/etc/kubernetes/pki';
export const manifestsDirectory = '/etc/kubernetes/manifests';
export const adminConf = '/etc/kubernetes/admin.conf';
export const superAdminConf = '/etc/kubernetes/super-admin.conf';
export const controllerManagerConf = '/etc/kubernetes/controller-manager.conf';
export const schedulerConf = '/etc/kubernetes/scheduler.conf';
export const kubeletConf = '/etc/kubernetes/kubelet.conf';
export const bootstrapKubeletConf = '/etc/kubernetes/bootstrap-kubelet.conf';
/** What kubeadm keeps of upgrades. */
export const temporaryDirectory = '/etc/kubernetes/tmp';
export const kubeletDirectory = '/var/lib/kubelet';
export const kubeletConfigFile = '/var/lib/kubelet/config.yaml';
export const kubeletInstanceConfigFile = '/var/lib/kubelet/instance-config.yaml';
export const kubeletFlagsFile = '/var/lib/kubelet/kubeadm-flags.env';
export const kubeletClientCurrent = '/var/lib/kubelet/pki/kubelet-client-current.pem';
/** Where etcd's data are unless the configuration says otherwise. */
export const etcdDirectory = '/var/lib/etcd';

/** The pods whose manifests kubeadm writes, in its order. */
export const staticPodNames = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'] as const;
export const staticPodFiles: readonly string[] = staticPodNames.map((name) => staticPodFile(name));

/** Where the manifest of a static pod is. */
export function staticPodFile(name: string, directory: string = manifestsDirectory): string {
  return `${directory}/${name}.yaml`;
}
