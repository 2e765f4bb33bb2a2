import type { Change } from '../execute/change.ts';
import { rotatableKubeconfig } from '../pki/kubeconfig-document.ts';
import { kubeletClientCurrent, kubeletConf } from '../release/paths.ts';
import { toYaml } from '../yaml.ts';
import type { InitContext } from './context.ts';
import type { Phase } from './phase.ts';

/**
 * kubelet.conf of the first node points to the certificate that the kubelet rotates; with the embedded one that `init`
 * wrote the node would die after a year.
 */
export const kubeletFinalize: Phase<InitContext> = {
  name: 'kubelet-finalize',
  title: 'Kubelet certificate rotation',
  steps: ['all'],
  reads: () => ({
    paths: [kubeletClientCurrent, kubeletConf],
    services: ['kubelet'],
    // Its own certificate comes from a kubelet that runs.
    running: { kubeconfigs: [kubeletConf] },
  }),
  desired: ({ config, release }, observed): readonly Change[] => {
    const there = observed.kubeconfigs.get(kubeletConf);
    if (there === undefined) return [];
    const restarted: Change = { kind: 'service', name: 'kubelet', state: 'running', restartFor: [kubeletConf] };
    // A run that was killed in between has not restarted it.
    if (there.rotates) return [restarted];
    const content = toYaml(
      rotatableKubeconfig({
        clusterName: config.cluster.clusterName,
        server: there.server ?? '',
        caPem: there.ca ?? '',
        user: `system:node:${config.nodeRegistration.name}`,
        certificateFile: kubeletClientCurrent,
        preferences: release.pki.preferences,
      }),
    );
    return [
      {
        kind: 'awaited',
        path: kubeletClientCurrent,
        what: `the kubelet's rotatable certificate ${kubeletClientCurrent}`,
        deadline: 60,
        advice: 'look at `journalctl -xeu kubelet`; then run `kinit init phase kubelet-finalize`',
      },
      {
        kind: 'file',
        path: kubeletConf,
        content,
        mode: 0o600,
        says: `[kubelet-finalize] Updating "${kubeletConf}" to point to a rotatable kubelet client certificate and key`,
      },
      restarted,
    ];
  },
};
