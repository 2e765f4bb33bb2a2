import { KinitError } from '../../../errors.ts';
import type { KubeClient, KubeObject } from '../../../kube/client.ts';
import { clusterStatusHolder, statusEndpoints } from '../../../manifests/cluster-status.ts';
import { clientURL } from '../../../manifests/etcd.ts';

const annotation = 'kubeadm.kubernetes.io/etcd.advertise-client-urls';

/**
 * The client URLs of the cluster's own etcd, as its pods tell them; one that has gone among them does no harm. Pods of
 * kubeadm before v1.19 may tell nothing, and up to v1.21 the ClusterStatus does (kubeadm util/etcd getEtcdEndpoints). Throws
 * KinitError where nobody tells.
 */
export async function etcdServers(kube: KubeClient): Promise<readonly string[]> {
  const pods = await kube.list({
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: 'kube-system',
    labelSelector: 'component=etcd,tier=control-plane',
  });
  const told = [
    ...new Set(pods.toSorted(readyFirst).flatMap(({ metadata }) => metadata.annotations?.[annotation] ?? [])),
  ];
  if (told.length > 0) return told;
  const listed = await listedServers(kube);
  if (listed.length > 0) return listed;
  throw new KinitError('the cluster does not tell where its etcd is: no pod of it names its address', {
    hint: `see \`kubectl -n kube-system get pods -l component=etcd\`: their annotation ${annotation} is missing`,
  });
}

function readyFirst(a: KubeObject, b: KubeObject): number {
  return Number(isReadyPod(b)) - Number(isReadyPod(a));
}

function isReadyPod(pod: KubeObject): boolean {
  const { conditions = [] } = (pod['status'] ?? {}) as {
    readonly conditions?: readonly { type: string; status: string }[];
  };
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

async function listedServers(kube: KubeClient): Promise<readonly string[]> {
  const endpoints = Object.values(statusEndpoints(await kube.get(clusterStatusHolder)) ?? {});
  return endpoints.flatMap(({ advertiseAddress }) =>
    advertiseAddress === undefined ? [] : [clientURL(advertiseAddress)],
  );
}
