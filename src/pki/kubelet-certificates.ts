import type { EncryptionAlgorithm } from '../config/types.ts';
import type { Release } from '../release/release.ts';
import { readCertificateFile } from './certificate-file.ts';
import type { CertificateSpec } from './certificate-table.ts';
import { successor } from './renewal.ts';

/** A certificate of a kubelet that the cluster's CA signs. */
export type KubeletCertificate = 'kubelet-client' | 'kubelet-server';

/** What kubelets ask for themselves (k8s.io/kubernetes pkg/kubelet/certificate: ECDSA on P-256). */
const algorithm: EncryptionAlgorithm = 'ECDSA-P256';

/**
 * The certificate that follows a kubelet's: for the same names. Where a client certificate cannot be read any more, it is that
 * of the node; undefined for a serving certificate, whose names nobody knows then.
 */
export function kubeletSuccessor(
  name: KubeletCertificate,
  pem: string,
  node: string,
  { validitySeconds, release }: { readonly validitySeconds: number; readonly release: Pick<Release, 'pki'> },
): CertificateSpec | undefined {
  const row = { name, title: `${name} certificate`, path: name, signer: 'ca', authority: 'ca', kubeconfig: false };
  const [current] = readCertificateFile(pem).certificates ?? [];
  if (current !== undefined) {
    const spec = successor(row, current.toString(), { algorithm, validitySeconds, release });
    return { ...spec, start: 'signer', usages: [name === 'kubelet-client' ? 'clientAuth' : 'serverAuth'] };
  }
  if (name === 'kubelet-server') return undefined;
  return {
    ...row,
    ca: false,
    subject: { commonName: `system:node:${node}`, organizations: ['system:nodes'] },
    dnsNames: [],
    ipAddresses: [],
    usages: ['clientAuth'],
    algorithm,
    validitySeconds,
    start: 'signer',
  };
}
