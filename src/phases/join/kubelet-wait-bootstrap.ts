import { seconds } from '../../config/duration.ts';
import { defined } from '../../defined.ts';
import type { Change } from '../../execute/change.ts';
import { bootstrapKubeletConf, kubeletConf } from '../../release/paths.ts';
import type { JoinContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';
import { hasCertificate, kubeletCertificate } from './kubelet-certificate.ts';

/** Until the kubelet has a certificate of its own; then the bootstrap credentials go. */
export const kubeletWaitBootstrap: Phase<JoinContext> = {
  name: 'kubelet-wait-bootstrap',
  title: 'TLS bootstrap',
  reads: ({ config }) => ({
    kubeconfigs: [kubeletConf],
    paths: [kubeletCertificate(config), bootstrapKubeletConf],
  }),
  desired: ({ config, token }, observed): readonly Change[] => {
    const awaited = (path: string, says?: string): Change => ({
      kind: 'awaited',
      path,
      what: `the kubelet's TLS bootstrap (${path})`,
      deadline: seconds(config.timeouts.tlsBootstrap),
      advice: 'look at `journalctl -xeu kubelet` on the host, and at `kubectl get csr` in the cluster; then join again',
      ...defined({ says }),
    });
    return [
      ...(hasCertificate(config, observed)
        ? []
        : [
            awaited(kubeletConf, '[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap'),
            awaited(kubeletCertificate(config)),
          ]),
      { kind: 'absent', path: bootstrapKubeletConf, transient: token !== undefined },
    ];
  },
};
