import type { Change } from '../../execute/change.ts';
import type { JoinControlPlaneContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';
import { refuseProblems } from './refuse-problems.ts';
import { sharedCertificates, sharedReads } from './shared-certificates.ts';

/** The certificates that all control planes share, from where they are to the host: each key with mode 0600 from its first byte. */
export const downloadCerts: Phase<JoinControlPlaneContext> = {
  name: 'control-plane-prepare',
  part: 'download-certs',
  title: 'Shared certificates',
  steps: ['download-certs'],
  reads: sharedReads,
  desired: (context, observed): readonly Change[] => {
    const { controlPlane, cluster } = context;
    if (controlPlane.shared.from === 'host') return [];
    const { missing, problems } = sharedCertificates(context, observed);
    refuseProblems(problems);
    return [
      ...(controlPlane.shared.from === 'secret' ? lines(cluster.certificatesDir) : []).map(
        (text): Change => ({ kind: 'note', text, step: 'download-certs' }),
      ),
      ...missing.map(
        ({ path, content, mode }): Change => ({
          kind: 'file',
          path,
          content: mode === 0o600 ? content : content.reveal(),
          mode: mode === 0o600 ? mode : controlPlane.release.pki.sharedPublicMode,
          step: 'download-certs',
        }),
      ),
    ];
  },
};

/** kubeadm app/phases/copycerts DownloadCerts. */
function lines(folder: string): readonly string[] {
  return [
    '[download-certs] Downloading the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace',
    `[download-certs] Saving the certificates to the folder: "${folder}"`,
  ];
}
