import type { InitConfig } from '../config/types.ts';
import type { KubeObject } from '../kube/client.ts';
import type { Release } from '../release/release.ts';
import { toYaml } from '../yaml.ts';
import { withComponentHash } from './component-hash.ts';
import { joiningNodes, nodes, readerRole } from './rbac.ts';

const namespace = 'kube-system';

/** What `upload-config kubeadm` stores: the ConfigMap kubeadm-config and who may read it. */
export function uploadKubeadmConfigObjects(
  config: InitConfig,
  release: Release,
  { clusterConfigurationYaml }: { readonly clusterConfigurationYaml: string },
): readonly KubeObject[] {
  const name = 'kubeadm-config';
  const data = { ClusterConfiguration: clusterConfigurationYaml, ...clusterStatus(config, release) };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data },
    ...readerRole({ name: 'kubeadm:nodes-kubeadm-config', namespace, resource: 'configmaps', resourceName: name }, [
      joiningNodes,
      nodes,
    ]),
  ];
}

/** What `upload-config kubelet` stores: the kubelets' configuration and who may read it. */
export function uploadKubeletConfigObjects(
  release: Release,
  kubelet: { readonly kubeletConfigurationYaml: string; readonly kubeletUserSupplied: boolean },
): readonly KubeObject[] {
  const { kubeletConfigMap: name, kubeletConfigRole } = release.node;
  const configMap: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { kubelet: kubelet.kubeletConfigurationYaml },
  };
  const generated = release.addons.componentHash && !kubelet.kubeletUserSupplied;
  return [
    generated ? withComponentHash(configMap) : configMap,
    ...readerRole({ name: kubeletConfigRole, namespace, resource: 'configmaps', resourceName: name }, [
      nodes,
      joiningNodes,
    ]),
  ];
}

/** Up to 1.21 kubeadm-config also lists the API endpoints by node. */
function clusterStatus({ nodeRegistration, localAPIEndpoint }: InitConfig, release: Release): Record<string, string> {
  if (!release.node.clusterStatus) return {};
  const apiVersion = `kubeadm.k8s.io/${release.configApi.write}`;
  const { advertiseAddress, bindPort } = localAPIEndpoint;
  const apiEndpoints = { [nodeRegistration.name]: { advertiseAddress, bindPort } };
  return { ClusterStatus: toYaml({ apiEndpoints, apiVersion, kind: 'ClusterStatus' }) };
}
