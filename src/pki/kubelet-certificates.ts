import { X509Certificate } from 'node:crypto';
import type { EncryptionAlgorithm } from '../config/types.ts';
import { exitCodes, KinitError } from '../errors.ts';
import type { Release } from '../release/release.ts';
import { leadsTo, readCertificateFile } from './certificate-file.ts';
import { partsOf } from './certificate-parts.ts';
import type { CertificateSpec } from './certificate-table.ts';
import { successor } from './renewal.ts';

/** A certificate of a kubelet that the cluster's CA signs. */
export type KubeletCertificate = 'kubelet-client' | 'kubelet-server';

/** What kubelets ask for themselves (k8s.io/kubernetes pkg/kubelet/certificate: ECDSA on P-256). */
const algorithm: EncryptionAlgorithm = 'ECDSA-P256';

/** The group of all nodes (kubernetes/kubernetes plugin/pkg/auth/authorizer/node). */
const nodes = 'system:nodes';

/**
 * The certificate that follows a kubelet's: for the same names. What lies on a host is followed only where the cluster's own CA
 * signed it for this node: a node must not get names from it that it was never given. Else a client certificate is that of
 * the node, and undefined a serving one, whose names nobody knows then. Throws KinitError for the one of another node.
 */
export function kubeletSuccessor(
  name: KubeletCertificate,
  pem: string,
  node: string,
  {
    authority,
    validitySeconds,
    release,
  }: {
    /** The CA, PEM. */
    readonly authority: string;
    readonly validitySeconds: number;
    readonly release: Pick<Release, 'pki'>;
  },
): CertificateSpec | undefined {
  const row = { name, title: `${name} certificate`, path: name, signer: 'ca', authority: 'ca', kubeconfig: false };
  const [current] = readCertificateFile(pem).certificates ?? [];
  if (current !== undefined && leadsTo([current], new X509Certificate(authority)) && isOf(node, current)) {
    const spec = successor(row, current.toString(), { algorithm, validitySeconds, release });
    return { ...spec, start: 'signer', usages: [name === 'kubelet-client' ? 'clientAuth' : 'serverAuth'] };
  }
  if (name === 'kubelet-server') return undefined;
  return {
    ...row,
    ca: false,
    subject: { commonName: userOf(node), organizations: [nodes] },
    dnsNames: [],
    ipAddresses: [],
    usages: ['clientAuth'],
    algorithm,
    validitySeconds,
    start: 'signer',
  };
}

/** Throws KinitError where it is that of another node: the file calls this one by a name that the cluster does not. */
function isOf(node: string, certificate: X509Certificate): boolean {
  const { commonName, organizations } = partsOf(certificate);
  if (organizations.length !== 1 || organizations[0] !== nodes) return false;
  if (commonName === userOf(node)) return true;
  throw new KinitError(`its kubelet has the certificate of ${commonName}, not of ${userOf(node)}`, {
    exitCode: exitCodes.preflight,
    hint: 'call the host in the file as its node is called: kubectl get nodes',
  });
}

const userOf = (node: string): string => `system:node:${node}`;
