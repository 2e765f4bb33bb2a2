import { seconds } from '../../config/duration.ts';
import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { argumentValue } from '../../manifests/arguments.ts';
import type { JoinContext } from '../join-context.ts';
import { bootstrapKubeletConf, kubeletClientCurrent, kubeletConf } from '../paths.ts';
import type { Phase } from '../phase.ts';

/**
 * Until the kubelet has a certificate of its own; then the bootstrap credentials go. Its kubeconfig alone is not enough:
 * a kubelet that rotates its certificate writes that at once and bootstraps in the background, as nobody.
 */
export const kubeletWaitBootstrap: Phase<JoinContext> = {
  name: 'kubelet-wait-bootstrap',
  title: 'TLS bootstrap',
  reads: ({ config }) => ({
    kubeconfigs: [kubeletConf],
    paths: [certificateOf(config), bootstrapKubeletConf],
  }),
  desired: ({ config }, observed): readonly Change[] => {
    const certificate = certificateOf(config);
    const wait = (path: string, says?: string): Change => ({
      kind: 'wait',
      until: { on: 'path', what: `the kubelet's TLS bootstrap (${path})`, path },
      deadline: seconds(config.timeouts.tlsBootstrap),
      advice: 'look at `journalctl -xeu kubelet` on the host, and at `kubectl get csr` in the cluster; then join again',
      ...(says === undefined ? {} : { says }),
    });
    return [
      ...(hasCertificate(certificate, observed)
        ? []
        : [
            wait(kubeletConf, '[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap'),
            wait(certificate),
          ]),
      { kind: 'absent', path: bootstrapKubeletConf },
    ];
  },
};

/** Where this node's kubelet keeps its certificate. */
function certificateOf({ nodeRegistration }: JoinContext['config']): string {
  const directory = argumentValue(nodeRegistration.kubeletExtraArgs, 'cert-dir');
  return directory === undefined ? kubeletClientCurrent : `${directory}/kubelet-client-current.pem`;
}

/** In its kubeconfig, or in the file that this one names. */
function hasCertificate(certificate: string, { kubeconfigs, paths }: Observed): boolean {
  const there = kubeconfigs.get(kubeletConf);
  return there !== undefined && (!there.rotates || (paths.get(certificate)?.type ?? 'absent') !== 'absent');
}
