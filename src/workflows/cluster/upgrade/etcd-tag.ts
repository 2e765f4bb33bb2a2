import { KinitError } from '../../../errors.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { releaseFor } from '../../../release/release.ts';
import type { Version } from '../../../release/version.ts';
import { parseYaml, toYaml } from '../../../yaml.ts';

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kubeadm-config' };

/** Writes the tag of etcd's image into the cluster's configuration, as its users do (kubeadm#3247). Throws KinitError. */
export async function setEtcdTag(kube: KubeClient, tag: string): Promise<void> {
  await edit(kube, (local) => ({ ...local, imageTag: tag }));
}

/**
 * Takes a tag out again that an upgrade brings etcd to before the version: with it etcd would stay where it is. A tag of
 * the user's stays. Throws KinitError.
 */
export async function dropEtcdTag(kube: KubeClient, to: Version): Promise<void> {
  const ours = releaseFor(to).skew.etcdBefore?.tag;
  if (ours === undefined) return;
  await edit(kube, (local) => {
    const { imageTag, ...rest } = local;
    return imageTag === ours ? rest : local;
  });
}

type Fields = Readonly<Record<string, unknown>>;

async function edit(kube: KubeClient, change: (local: Fields) => Fields): Promise<void> {
  const found = await kube.get(ref);
  const text = (found?.['data'] as Readonly<Record<string, string>> | undefined)?.['ClusterConfiguration'];
  if (text === undefined) throw new KinitError('ConfigMap kube-system/kubeadm-config holds no ClusterConfiguration');
  const cluster = parseYaml(text, 'kubeadm-config')[0]?.value as Fields | undefined;
  const etcd = (cluster?.['etcd'] ?? {}) as Fields;
  const local = (etcd['local'] ?? {}) as Fields;
  const changed = change(local);
  if (changed === local || changed['imageTag'] === local['imageTag']) return;
  const wanted = toYaml({ ...cluster, etcd: { ...etcd, local: changed } });
  await kube.patch(ref, 'merge', { data: { ClusterConfiguration: wanted } });
}
