import type { NodeRegistration } from '../../config/types.ts';
import { KinitError } from '../../errors.ts';
import type { Change } from '../../execute/change.ts';
import { kubeadmFlagsEnv } from '../../manifests/kubelet-flags.ts';
import { dockerless, kubeletFlagsIn } from '../../manifests/kubelet-flags-file.ts';
import { nodeMarks } from '../../manifests/node-marks.ts';
import { kubeletFlagsFile } from '../../release/paths.ts';
import type { Release } from '../../release/release.ts';
import type { Phase } from '../phase.ts';
import { dockerPods, idsIn } from '../reset/pod-containers.ts';

/** A node whose kubelet leaves docker for the runtime of its registration, which runs already. */
export interface RuntimeMove {
  readonly node: string;
  readonly registration: NodeRegistration;
  /** Of its kubelet. */
  readonly release: Release;
}

/** What the cluster knows of the runtime follows first: nobody can be told when the API server of the only control plane is away. */
export const leaveDocker: Phase<RuntimeMove> = {
  name: 'runtime',
  title: 'The kubelet and its pods leave docker',
  reads: ({ node }) => ({ objects: [{ apiVersion: 'v1', kind: 'Node', name: node }], services: ['kubelet'] }),
  desired: ({ node, registration, release }): readonly Change[] => {
    const { annotations } = nodeMarks(registration, release);
    return [
      { kind: 'node', name: node, labels: {}, annotations, taints: [] },
      { kind: 'service', name: 'kubelet', state: 'stopped' },
    ];
  },
};

/** docker itself stays, with all that is not of Kubernetes. */
export const dockerPodsGone: Phase<RuntimeMove> = {
  name: 'runtime',
  title: "Kubernetes' containers in docker",
  reads: () => ({ commands: [dockerPods.list] }),
  desired: (_, { commands }): readonly Change[] => {
    const answer = commands.get(dockerPods.list.join('\0'));
    // 127: docker is gone, and its containers with it.
    if (answer !== undefined && ![0, 127].includes(answer.code)) throw silentDocker();
    const ids = idsIn(answer?.code === 0 ? answer.stdout : '');
    if (ids.length === 0) return [];
    return [
      {
        kind: 'command',
        argv: dockerPods.remove(ids),
        deadline: 300,
        removes: ids.map((id) => `container ${id}`),
        says: `[runtime] Removing the containers of pods from docker (${ids.length})`,
      },
    ];
  },
};

/** Its containers would hold the ports that the same pods want on the other runtime. */
function silentDocker(): KinitError {
  return new KinitError('docker does not say which containers of pods it runs, so the kubelet cannot leave it', {
    hint: 'look at `systemctl status docker` and `docker ps`, then run the same command again',
  });
}

/** The kubelet begins anew with the runtime that its registration names. */
export const kubeletOnRuntime: Phase<RuntimeMove> = {
  name: 'runtime',
  title: 'The kubelet on its new runtime',
  reads: () => ({ files: [kubeletFlagsFile] }),
  desired: ({ registration }, { files }): readonly Change[] => {
    const text = files.get(kubeletFlagsFile)?.content?.toString('utf8') ?? '';
    const content = kubeadmFlagsEnv(dockerless(kubeletFlagsIn(text), registration.criSocket));
    return [
      {
        kind: 'file',
        path: kubeletFlagsFile,
        content,
        mode: 0o644,
        says: `[runtime] Leading the kubelet to ${registration.criSocket}`,
      },
      { kind: 'command', argv: ['systemctl', 'restart', 'kubelet'] },
    ];
  },
};
