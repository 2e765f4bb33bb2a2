import type { Change } from '../../execute/change.ts';
import { nodeMarks } from '../../manifests/node-marks.ts';
import type { Phase } from '../phase.ts';
import type { UpgradeContext } from '../upgrade-context.ts';

const annotation = 'kubeadm.alpha.kubernetes.io/cri-socket';

/** The runtime's socket is no more on the Node where its kubelet keeps it for itself (the gate NodeLocalCRISocket). */
export const socketMark: Phase<UpgradeContext> = {
  name: 'upload-config',
  part: 'kubelet',
  title: "The socket of the node's runtime",
  reads: ({ config }) => ({ objects: [{ apiVersion: 'v1', kind: 'Node', name: config.nodeRegistration.name }] }),
  desired: ({ config, release }, { objects }): readonly Change[] => {
    const { name } = config.nodeRegistration;
    const { annotations } = nodeMarks(config.nodeRegistration, release, config.cluster.featureGates);
    const isThere = objects.get(`Node//${name}`)?.metadata.annotations?.[annotation] !== undefined;
    if (!isThere || Object.keys(annotations).length > 0) return [];
    const gone = { labels: [], annotations: [annotation], taints: [] };
    return [{ kind: 'node', step: 'kubelet', name, labels: {}, annotations: {}, taints: [], gone }];
  },
};

/** The socket on the Node is a URL from v1.24 on, whatever it was before (kubeadm v1.24 cmd/phases/upgrade/node/kubeletconfig.go). */
export const socketScheme: Phase<UpgradeContext> = {
  name: 'kubelet-config',
  title: "The socket of the node's runtime",
  reads: socketMark.reads,
  desired: ({ config, release }, { objects }): readonly Change[] => {
    const { name } = config.nodeRegistration;
    const { annotations } = nodeMarks(config.nodeRegistration, release, config.cluster.featureGates);
    const there = objects.get(`Node//${name}`)?.metadata.annotations?.[annotation];
    const isLeft = annotations[annotation] !== undefined && release.configApi.criSockets.url;
    if (!isLeft || there === undefined || there.includes('://')) return [];
    return [{ kind: 'node', name, labels: {}, annotations: { [annotation]: `unix://${there}` }, taints: [] }];
  },
};
