import { storedCluster } from '../../config/stored-cluster.ts';
import type { ClusterConfiguration } from '../../config/types.ts';
import { InputError, KinitError } from '../../errors.ts';
import type { KubeClient } from '../../kube/client.ts';
import { readPublished } from '../../kube/cluster-info.ts';
import { certificatesAlone } from '../../pki/certificate-file.ts';
import { type Release, releaseFor } from '../../release/release.ts';
import { admitted, parseVersion } from '../../release/version.ts';
import { parseYaml } from '../../yaml.ts';

/** What the cluster tells a node that joins. */
export interface ClusterFacts {
  readonly cluster: ClusterConfiguration;
  readonly release: Release;
  /** KubeletConfiguration as stored. */
  readonly kubeletConfiguration: Readonly<Record<string, unknown>>;
}

/** Reads kubeadm-config and the kubelet's configuration; a bootstrap token's rights suffice. Throws KinitError. */
export async function readClusterFacts(kube: KubeClient): Promise<ClusterFacts> {
  const { cluster } = await storedCluster(
    await configMapEntry(kube, 'kube-system', 'kubeadm-config', 'ClusterConfiguration'),
  );
  const release = releaseFor(
    admitted(parseVersion(cluster.kubernetesVersion, 'kubeadm-config: kubernetesVersion')),
    'kubeadm-config',
  );
  const name = release.node.kubeletConfigMap;
  const text = await configMapEntry(kube, 'kube-system', name, 'kubelet');
  return { cluster, release, kubeletConfiguration: kubeletConfigurationIn(text, `ConfigMap kube-system/${name}`) };
}

function kubeletConfigurationIn(text: string, place: string): Readonly<Record<string, unknown>> {
  const problem = (why: string, cause?: unknown) =>
    new KinitError(`the kubelet's configuration in the cluster cannot be used: ${why}`, {
      cause,
      hint: 'on a control-plane node, `kinit init phase upload-config kubelet` writes it again',
    });
  try {
    const [document, ...more] = parseYaml(text, place);
    const value = document?.value ?? {};
    if (more.length > 0) throw problem(`${place} holds several documents`);
    if (typeof value !== 'object' || Array.isArray(value)) throw problem(`${place} holds no mapping`);
    return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw error instanceof InputError ? problem(error.message, error) : error;
  }
}

/** The endpoint and the CA that the cluster publishes for joining nodes. Throws KinitError. */
export async function publishedEndpoint(kube: KubeClient): Promise<{ readonly server: string; readonly ca: string }> {
  const { server, ca } = readPublished(await configMapEntry(kube, 'kube-public', 'cluster-info', 'kubeconfig'));
  if (ca === undefined) throw new KinitError('ConfigMap kube-public/cluster-info holds no CA certificate');
  return { server, ca: certificatesAlone(ca) };
}

async function configMapEntry(kube: KubeClient, namespace: string, name: string, entry: string): Promise<string> {
  const found = await kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  const data = found?.['data'] as Record<string, string> | undefined;
  const text = data?.[entry];
  if (text === undefined) {
    throw new KinitError(
      `ConfigMap ${namespace}/${name} ${found ? `has no "${entry}"` : 'is missing'} in this cluster`,
      {
        hint: 'on a control-plane node, `kinit init phase upload-config` and `kinit init phase bootstrap-token` write it again',
      },
    );
  }
  return text;
}
