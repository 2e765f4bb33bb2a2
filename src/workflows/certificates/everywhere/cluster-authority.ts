import { seconds } from '../../../config/duration.ts';
import type { ClusterConfiguration } from '../../../config/types.ts';
import { exitCodes, KinitError } from '../../../errors.ts';
import type { Host } from '../../../host/host.ts';
import type { Signer } from '../../../pki/certificate.ts';
import { readCertificateFile } from '../../../pki/certificate-file.ts';
import type { Release } from '../../../release/release.ts';
import { localControlPlane } from '../../node/local-control-plane.ts';
import { signingAuthority } from '../signing-authority.ts';

/** What says which certificates a cluster has, how long they last and where they are. */
export interface CertificatesOfCluster {
  readonly cluster: ClusterConfiguration;
  readonly release: Release;
  readonly kubernetesDirectory: string;
}

/** Milliseconds within which a certificate counts as made by a run that was killed and is to be finished. */
const sameRenewal = 3600_000;

/** With what the certificates of a cluster are renewed. */
export interface ClusterAuthority extends CertificatesOfCluster {
  readonly signer: Signer & { readonly certificate: string };
  /** The CA that is trusted, or both while one follows another; PEM. */
  readonly trusted: string;
  readonly validitySeconds: number;
  /** Whether a certificate with this end is as new as this run would make it; `lasts`: seconds that another maker gives it. */
  readonly isNew: (notAfter: number, lasts?: number) => boolean;
}

/** What signs, looked at before anything is touched. Throws KinitError, exit 2, for a CA that cannot sign or has expired. */
export async function clusterAuthority(
  host: Host,
  told: CertificatesOfCluster,
  now: number,
): Promise<ClusterAuthority> {
  const { cluster, kubernetesDirectory } = told;
  // What runs, whatever the file wants it to become.
  const release = (await localControlPlane(host))?.release ?? told.release;
  const base = `${cluster.certificatesDir}/ca`;
  const files = await host.read([`${base}.crt`, `${base}.key`]);
  const { certificate, trusted, signer } = signingAuthority(base, files, host);
  if (signer === undefined) {
    throw new KinitError(`${base}.key is not on this host: another CA signs the certificates of this cluster`, {
      host: host.name,
      exitCode: exitCodes.preflight,
      hint: '`kinit certs generate-csr` makes the requests for it',
    });
  }
  const [authority] = readCertificateFile(certificate).certificates ?? [];
  const end = authority === undefined ? Number.POSITIVE_INFINITY : Date.parse(authority.validTo);
  if (end < now) {
    throw new KinitError(`the CA ${base}.crt itself has expired, on ${new Date(end).toISOString().slice(0, 10)}`, {
      host: host.name,
      exitCode: exitCodes.preflight,
      hint: 'nothing that it signs is trusted any more: the cluster needs a new CA, on every node and in every kubeconfig',
    });
  }
  const validitySeconds = seconds(cluster.certificateValidityPeriod);
  return {
    cluster,
    release,
    kubernetesDirectory,
    signer,
    trusted,
    validitySeconds,
    isNew: (notAfter, lasts) => {
      const life = lasts === undefined ? Math.min(validitySeconds * 1000, end - now) : lasts * 1000;
      // One that lasts much longer than asked for is to be replaced as well.
      return notAfter >= now + life - Math.min(sameRenewal, life / 2) && notAfter <= now + life + sameRenewal;
    },
  };
}
