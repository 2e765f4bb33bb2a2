import { seconds } from '../../config/duration.ts';
import type { Change } from '../../execute/change.ts';
import type { JoinContext } from '../join-context.ts';
import { bootstrapKubeletConf, kubeletConf } from '../paths.ts';
import type { Phase } from '../phase.ts';

/** Until the kubelet has a certificate of its own; then the bootstrap credentials go. */
export const kubeletWaitBootstrap: Phase<JoinContext> = {
  name: 'kubelet-wait-bootstrap',
  title: 'TLS bootstrap',
  reads: () => ({ kubeconfigs: [kubeletConf], paths: [bootstrapKubeletConf] }),
  desired: ({ config }, observed): readonly Change[] => [
    ...(observed.kubeconfigs.has(kubeletConf)
      ? []
      : [
          {
            kind: 'wait',
            until: { on: 'path', what: `the kubelet's TLS bootstrap (${kubeletConf})`, path: kubeletConf },
            deadline: seconds(config.timeouts.tlsBootstrap),
            advice:
              'look at `journalctl -xeu kubelet` on the host, and at `kubectl get csr` in the cluster; then join again',
            says: '[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap',
          } satisfies Change,
        ]),
    { kind: 'absent', path: bootstrapKubeletConf },
  ],
};
