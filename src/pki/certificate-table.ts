import { seconds } from '../config/duration.ts';
import type { ClusterConfiguration, ControlPlaneConfig, EncryptionAlgorithm } from '../config/types.ts';
import { defined } from '../defined.ts';
import type { Release } from '../release/release.ts';
import { alternativeNames } from './alternative-names.ts';

export type ExtendedKeyUsage = 'serverAuth' | 'clientAuth';

/** A certificate as it should be. */
export interface CertificateSpec {
  /** kubeadm's name, of its phase and of `certs renew`: `ca`, `etcd-server`, `admin.conf`. */
  readonly name: string;
  /** What it is for, in kubeadm's words. */
  readonly title: string;
  /** Below the certificates' directory, without extension: `etcd/server`. */
  readonly path: string;
  /** The path of the CA that signs it; a CA signs itself. */
  readonly signer?: string;
  readonly ca: boolean;
  readonly subject: { readonly commonName: string; readonly organizations: readonly string[] };
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly usages: readonly ExtendedKeyUsage[];
  readonly algorithm: EncryptionAlgorithm;
  readonly validitySeconds: number;
  /** Where it starts: with the run that makes it (backdated as the release has it), or with its CA. */
  readonly start: 'run' | 'signer';
}

/** The certificates of a control plane in the order in which kubeadm makes them; those of etcd only where it is local. */
export function certificateTable(
  config: ControlPlaneConfig,
  release: Pick<Release, 'pki'>,
): readonly CertificateSpec[] {
  const external = config.cluster.etcd.external !== undefined;
  return rows.filter(({ etcd }) => !(etcd && external)).map((row) => specOf(row, config, release));
}

/** The CAs among them. */
export function caTable(config: ControlPlaneConfig, release: Pick<Release, 'pki'>): readonly CertificateSpec[] {
  return certificateTable(config, release).filter(({ ca }) => ca);
}

/** Below the certificates' directory. */
export const serviceAccountFiles = { privatePath: 'sa.key', publicPath: 'sa.pub' } as const;

/** The pair that signs service account tokens. */
export function serviceAccountKey({ cluster }: ControlPlaneConfig) {
  return { ...serviceAccountFiles, algorithm: keyAlgorithm(cluster) };
}

/** The algorithm of new keys: `encryptionAlgorithm`, unless the gate PublicKeysECDSA, which came before it, is named. */
export function keyAlgorithm({ encryptionAlgorithm, featureGates }: ClusterConfiguration): EncryptionAlgorithm {
  const gate = featureGates['PublicKeysECDSA'];
  if (gate === undefined) return encryptionAlgorithm;
  return gate ? 'ECDSA-P256' : 'RSA-2048';
}

function specOf(row: Row, config: ControlPlaneConfig, { pki: release }: Pick<Release, 'pki'>): CertificateSpec {
  const { cluster, nodeRegistration } = config;
  const ca = row.signer === undefined;
  const commonName = row.commonName ?? nodeRegistration.name;
  const names = row.names ? alternativeNames(row.names, config, release) : { dnsNames: [], ipAddresses: [] };
  return {
    name: row.name,
    title: row.title,
    path: row.path,
    ...defined({ signer: row.signer }),
    ca,
    subject: { commonName, organizations: row.organizations ? release.organizations[row.organizations] : [] },
    dnsNames: ca && release.caDnsName ? [commonName] : names.dnsNames,
    ipAddresses: names.ipAddresses,
    usages: row.usages,
    algorithm: keyAlgorithm(cluster),
    validitySeconds: seconds(ca ? cluster.caCertificateValidityPeriod : cluster.certificateValidityPeriod),
    start: ca ? 'run' : release.leafStart,
  };
}

/** The rows of the table without what depends on the node: for looking after certificates that exist. */
export function certificateRows(etcd: 'local' | 'external'): readonly CertificateRow[] {
  return rows.filter((row) => etcd === 'local' || !row.etcd);
}

export type CertificateRow = Pick<CertificateSpec, 'name' | 'title' | 'path' | 'signer'>;

interface Row extends CertificateRow {
  /** Absent: the node's name. */
  readonly commonName?: string;
  readonly organizations?: 'apiserver-kubelet-client' | 'apiserver-etcd-client' | 'etcd-healthcheck-client';
  readonly usages: readonly ExtendedKeyUsage[];
  readonly names?: 'apiserver' | 'etcd-server' | 'etcd-peer';
  readonly etcd?: true;
}

/** kubeadm app/phases/certs/certlist.go GetDefaultCertList, in its order; the same from 1.18 to 1.36.3; 1.37 has no note of a change. */
const rows: readonly Row[] = [
  {
    name: 'ca',
    title: 'self-signed Kubernetes CA to provision identities for other Kubernetes components',
    path: 'ca',
    commonName: 'kubernetes',
    usages: [],
  },
  {
    name: 'apiserver',
    title: 'certificate for serving the Kubernetes API',
    path: 'apiserver',
    signer: 'ca',
    commonName: 'kube-apiserver',
    usages: ['serverAuth'],
    names: 'apiserver',
  },
  {
    name: 'apiserver-kubelet-client',
    title: 'certificate for the API server to connect to kubelet',
    path: 'apiserver-kubelet-client',
    signer: 'ca',
    commonName: 'kube-apiserver-kubelet-client',
    organizations: 'apiserver-kubelet-client',
    usages: ['clientAuth'],
  },
  {
    name: 'front-proxy-ca',
    title: 'self-signed CA to provision identities for front proxy',
    path: 'front-proxy-ca',
    commonName: 'front-proxy-ca',
    usages: [],
  },
  {
    name: 'front-proxy-client',
    title: 'certificate for the front proxy client',
    path: 'front-proxy-client',
    signer: 'front-proxy-ca',
    commonName: 'front-proxy-client',
    usages: ['clientAuth'],
  },
  {
    name: 'etcd-ca',
    title: 'self-signed CA to provision identities for etcd',
    path: 'etcd/ca',
    commonName: 'etcd-ca',
    usages: [],
    etcd: true,
  },
  {
    name: 'etcd-server',
    title: 'certificate for serving etcd',
    path: 'etcd/server',
    signer: 'etcd/ca',
    usages: ['serverAuth', 'clientAuth'],
    names: 'etcd-server',
    etcd: true,
  },
  {
    name: 'etcd-peer',
    title: 'certificate for etcd nodes to communicate with each other',
    path: 'etcd/peer',
    signer: 'etcd/ca',
    usages: ['serverAuth', 'clientAuth'],
    names: 'etcd-peer',
    etcd: true,
  },
  {
    name: 'etcd-healthcheck-client',
    title: 'certificate for liveness probes to healthcheck etcd',
    path: 'etcd/healthcheck-client',
    signer: 'etcd/ca',
    commonName: 'kube-etcd-healthcheck-client',
    organizations: 'etcd-healthcheck-client',
    usages: ['clientAuth'],
    etcd: true,
  },
  {
    name: 'apiserver-etcd-client',
    title: 'certificate the apiserver uses to access etcd',
    path: 'apiserver-etcd-client',
    signer: 'etcd/ca',
    commonName: 'kube-apiserver-etcd-client',
    organizations: 'apiserver-etcd-client',
    usages: ['clientAuth'],
    etcd: true,
  },
];
