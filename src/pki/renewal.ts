import { X509Certificate } from 'node:crypto';
import type { EncryptionAlgorithm } from '../config/types.ts';
import type { Release } from '../release/release.ts';
import { partsOf } from './certificate-parts.ts';
import { type CertificateRow, type CertificateSpec, certificateRows } from './certificate-table.ts';
import { renewableKubeconfigs } from './kubeconfig-table.ts';

/** A certificate that `certs renew` knows: a pair of files, or the client certificate in a kubeconfig. */
export interface Renewable extends CertificateRow {
  readonly signer: string;
  /** The name of the CA that signs it, as tables show it. */
  readonly authority: string;
  readonly kubeconfig: boolean;
}

/** What `certs renew` and `check-expiration` look after, by name; CAs and kubelet.conf are not renewed. */
export function renewables(etcd: 'local' | 'external', release: Pick<Release, 'pki'>): readonly Renewable[] {
  const rows = certificateRows(etcd);
  const nameAt = (path: string) => rows.find((row) => row.path === path)?.name ?? path;
  const pairs = rows.flatMap((row) =>
    row.signer === undefined ? [] : [{ ...row, signer: row.signer, authority: nameAt(row.signer), kubeconfig: false }],
  );
  const kubeconfigs = renewableKubeconfigs(release).map(({ file, title }) => ({
    name: file,
    title,
    path: file,
    signer: 'ca',
    authority: 'ca',
    kubeconfig: true,
  }));
  return [...pairs, ...kubeconfigs].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The CAs beside them, by name. */
export function authorities(etcd: 'local' | 'external'): readonly CertificateRow[] {
  return certificateRows(etcd)
    .filter(({ signer }) => signer === undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The certificate that follows `pem`: names and usages are taken over; the organisations of the API server's and etcd's
 * clients are today's where the release does so (kubernetes/kubernetes#121841).
 */
export function successor(
  renewable: Renewable,
  pem: string,
  {
    algorithm,
    validitySeconds,
    release: { pki },
  }: {
    readonly algorithm: EncryptionAlgorithm;
    readonly validitySeconds: number;
    readonly release: Pick<Release, 'pki'>;
  },
): CertificateSpec {
  const certificate = new X509Certificate(pem);
  const { commonName, organizations, dnsNames, ipAddresses } = partsOf(certificate);
  const { name, title, path, signer } = renewable;
  const ours = isClient(name) && pki.organizations.renewed ? pki.organizations[name] : organizations;
  return {
    name,
    title,
    path,
    signer,
    ca: false,
    subject: { commonName, organizations: ours },
    dnsNames,
    ipAddresses,
    usages: (certificate.keyUsage ?? []).flatMap((id) => usages[id] ?? []),
    algorithm,
    validitySeconds,
    start: pki.leafStart,
  };
}

const usages: Readonly<Record<string, 'serverAuth' | 'clientAuth'>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
};

const clients = ['apiserver-kubelet-client', 'apiserver-etcd-client', 'etcd-healthcheck-client'] as const;

function isClient(name: string): name is (typeof clients)[number] {
  return clients.some((client) => client === name);
}
