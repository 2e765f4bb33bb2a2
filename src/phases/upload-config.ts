import { isDeepStrictEqual } from 'node:util';
import { storedClusterDocument } from '../config/convert.ts';
import type { Change } from '../execute/change.ts';
import { objectKey, refOf } from '../execute/change.ts';
import type { Observed } from '../execute/observed.ts';
import type { KubeObject } from '../kube/client.ts';
import { clusterStatusHolder, statusEndpoints, withStatusEndpoints } from '../manifests/cluster-status.ts';
import { kubeletConfigMapConfiguration } from '../manifests/kubelet-configuration.ts';
import { nodeMarks } from '../manifests/node-marks.ts';
import { uploadKubeadmConfigObjects, uploadKubeletConfigObjects } from '../manifests/upload-config.ts';
import { toYaml } from '../yaml.ts';
import type { InitContext } from './context.ts';
import type { Phase } from './phase.ts';

/** The configuration, kept in the cluster for joins and upgrades. */
export const uploadConfig: Phase<InitContext> = {
  name: 'upload-config',
  title: 'Configuration stored in the cluster',
  steps: ['kubeadm', 'kubelet'],
  reads: (context) => ({
    objects: [
      ...[...kubeadm(context), ...kubelet(context)].map(refOf),
      { apiVersion: 'v1', kind: 'Node', name: context.config.nodeRegistration.name },
    ],
  }),
  desired: (context, observed): readonly Change[] => [
    ...objects(
      'kubeadm',
      kubeadm(context).map((object) => besideOthers(object, observed)),
      `[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace`,
    ),
    ...objects(
      'kubelet',
      kubelet(context).map((object) => asMarked(object, observed)),
      `[kubelet] Creating a ConfigMap "${context.release.node.kubeletConfigMap}" in namespace kube-system with the configuration for the kubelets in the cluster`,
    ),
    ...criSocketMark(context),
  ],
};

/** The first line says what all of them are for. */
function objects(step: string, all: readonly KubeObject[], says: string): readonly Change[] {
  return all.map(
    (object, index): Change => ({ kind: 'object', how: 'present', step, object, ...(index === 0 ? { says } : {}) }),
  );
}

function kubeadm({ config, release }: InitContext): readonly KubeObject[] {
  const document = storedClusterDocument(config.cluster, release, config.unknown);
  return uploadKubeadmConfigObjects(config, release, { clusterConfigurationYaml: toYaml(document) });
}

/** Up to v1.21 the other control planes stay in the ClusterStatus (kubeadm uploadconfig UploadConfiguration). */
function besideOthers(object: KubeObject, { objects: live }: Pick<Observed, 'objects'>): KubeObject {
  const own = statusEndpoints(object);
  if (objectKey(refOf(object)) !== objectKey(clusterStatusHolder) || own === undefined) return object;
  return withStatusEndpoints(object, { ...statusEndpoints(live.get(objectKey(clusterStatusHolder))), ...own });
}

function kubelet(context: InitContext): readonly KubeObject[] {
  const { config, release } = context;
  const configuration = kubeletConfigMapConfiguration(config, release, context);
  return uploadKubeletConfigObjects(release, {
    kubeletConfigurationYaml: toYaml(configuration),
    kubeletUserSupplied: config.kubelet.userSupplied,
  });
}

/** What a user gave stays his where it says what would be generated: it keeps being without kubeadm's hash. */
function asMarked(object: KubeObject, { objects: live }: Pick<Observed, 'objects'>): KubeObject {
  const there = live.get(objectKey(refOf(object)));
  if (object['data'] === undefined || !isDeepStrictEqual(there?.['data'], object['data'])) return object;
  const { annotations: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** kubeadm notes the CRI socket on the Node, unless the node keeps it for itself (the gate NodeLocalCRISocket). */
function criSocketMark({ config, release }: InitContext): readonly Change[] {
  const { annotations } = nodeMarks(config.nodeRegistration, release, config.cluster.featureGates);
  if (Object.keys(annotations).length === 0) return [];
  return [{ kind: 'node', step: 'kubelet', name: config.nodeRegistration.name, labels: {}, annotations, taints: [] }];
}
