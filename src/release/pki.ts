import type { EncryptionAlgorithm } from '../config/types.ts';
import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'pki',
  upTo: 37,
  source: 'release notes of v1.37 (kubeadm, all items); its source was not seen',
};

/** Certificates, organisations and kubeconfigs. */
export interface PkiRelease {
  readonly organizations: Organizations;
  /** super-admin.conf is made beside admin.conf, by init alone. */
  readonly superAdmin: boolean;
  /** A CA has its common name as DNS SAN. */
  readonly caDnsName: boolean;
  readonly caSerial: 'zero' | 'random';
  /** Seconds that a certificate starts before the run that makes it, against clocks that jump. */
  readonly backdate: number;
  /** Where a leaf starts that is written as a file: with its CA, or with the run (backdated). */
  readonly leafStart: 'signer' | 'run';
  /** Leaves say CA:FALSE; before, they said nothing. */
  readonly leafBasicConstraints: boolean;
  /** What a CA's subject key identifier is the hash of its key by (RFC 5280, RFC 7093). */
  readonly keyIdentifier: 'sha1' | 'sha256';
  /** DNS names sorted, names and addresses without duplicates; before, as they came. */
  readonly distinctNames: boolean;
  readonly algorithms: readonly EncryptionAlgorithm[];
  /** Keys in kubeconfigs follow the cluster's algorithm; before, they were RSA-2048 whatever it was. */
  readonly kubeconfigAlgorithm: 'configured' | 'RSA-2048';
  /** Kubeconfigs hold an empty `preferences`. */
  readonly preferences: boolean;
  /** Whom controller-manager.conf and scheduler.conf talk to. */
  readonly componentServer: 'local' | 'control-plane-endpoint';
  readonly kubeletServer: KubeletServer;
  /** Of certificates and public keys that a joining control plane takes over from the others. */
  readonly sharedPublicMode: 0o600 | 0o644;
}

export interface Organizations {
  readonly admin: readonly string[];
  readonly 'apiserver-kubelet-client': readonly string[];
  readonly 'apiserver-etcd-client': readonly string[];
  readonly 'etcd-healthcheck-client': readonly string[];
  /** `certs renew` gives these clients today's organisations; before, it kept what the old certificate said. */
  readonly renewed: boolean;
}

/** Whom kubelet.conf of a control plane talks to, and whether the gate ControlPlaneKubeletLocalMode may say otherwise. */
export interface KubeletServer {
  readonly local: boolean;
  readonly gated: boolean;
}

/** The pki tables read at `version`. */
export function pkiRelease(version: Version): PkiRelease {
  return {
    organizations: pick(organizations, version),
    superAdmin: pick(superAdmin, version),
    caDnsName: pick(caDnsName, version),
    caSerial: pick(caSerial, version),
    backdate: pick(backdate, version),
    leafStart: pick(leafStart, version),
    leafBasicConstraints: pick(leafBasicConstraints, version),
    keyIdentifier: pick(keyIdentifier, version),
    distinctNames: pick(distinctNames, version),
    algorithms: pick(algorithms, version),
    kubeconfigAlgorithm: pick(kubeconfigAlgorithm, version),
    preferences: pick(preferences, version),
    componentServer: pick(componentServer, version),
    kubeletServer: pick(kubeletServer, version),
    sharedPublicMode: pick(sharedPublicMode, version),
  };
}

const masters: Organizations = {
  admin: ['system:masters'],
  'apiserver-kubelet-client': ['system:masters'],
  'apiserver-etcd-client': ['system:masters'],
  'etcd-healthcheck-client': ['system:masters'],
  renewed: false,
};
const clusterAdmins: Organizations = {
  admin: ['kubeadm:cluster-admins'],
  'apiserver-kubelet-client': ['kubeadm:cluster-admins'],
  'apiserver-etcd-client': [],
  'etcd-healthcheck-client': [],
  renewed: true,
};
/** The ClusterRoleBinding kubeadm:apiserver-kubelet-client grants by name instead. */
const kubeletClientByName: Organizations = { ...clusterAdmins, 'apiserver-kubelet-client': [] };
const dedicatedRole =
  'kubernetes/kubernetes#138957 and its cherry-picks; the patch releases are listed in the Cluster API book, "kubeadm join fails after upgrading to Kubernetes patch releases"';

const organizations: readonly Row<Organizations>[] = [
  { from: '1.18', value: masters, source: 'kubeadm v1.20.2 app/phases/certs/certlist.go and its output' },
  {
    from: '1.29',
    value: clusterAdmins,
    source:
      'release notes 1.29: kubernetes/kubernetes#121305, #121837 (kubelet client, renewal), #120521 (etcd clients)',
  },
  { from: '1.33.12', value: kubeletClientByName, source: dedicatedRole },
  { from: '1.34', value: clusterAdmins, source: 'branched before kubernetes/kubernetes#138957' },
  { from: '1.34.8', value: kubeletClientByName, source: dedicatedRole },
  { from: '1.35', value: clusterAdmins, source: 'branched before kubernetes/kubernetes#138957' },
  { from: '1.35.5', value: kubeletClientByName, source: dedicatedRole },
  { from: '1.36', value: clusterAdmins, source: 'branched before kubernetes/kubernetes#138957' },
  { from: '1.36.1', value: kubeletClientByName, source: 'CHANGELOG-1.36 v1.36.1; output of kubeadm v1.36.2' },
];

const superAdmin: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'output of kubeadm v1.20.2' },
  { from: '1.29', value: true, source: 'release notes 1.29: kubernetes/kubernetes#121305' },
];

const caDnsName: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'k8s.io/client-go v0.18.0 util/cert NewSelfSignedCACert' },
  { from: '1.22', value: true, source: 'k8s.io/client-go v0.22.0 util/cert (kubernetes/kubernetes#100324)' },
];

const serialFix = 'kubernetes/kubernetes#117791, first in the tag of k8s.io/client-go of the same minor and patch';

const caSerial: readonly Row<'zero' | 'random'>[] = [
  { from: '1.18', value: 'zero', source: 'k8s.io/client-go v0.18.0 util/cert NewSelfSignedCACert' },
  { from: '1.25.12', value: 'random', source: serialFix },
  { from: '1.26', value: 'zero', source: 'k8s.io/client-go v0.26.0 util/cert' },
  { from: '1.26.7', value: 'random', source: serialFix },
  { from: '1.27', value: 'zero', source: 'k8s.io/client-go v0.27.0 util/cert' },
  { from: '1.27.4', value: 'random', source: serialFix },
  { from: '1.28', value: 'random', source: serialFix },
];

const backdateFix =
  'kubernetes/kubernetes#118922 and cherry-picks #119113 to #119115; client-go tags of the same patch';

const backdate: readonly Row<number>[] = [
  { from: '1.18', value: 0, source: 'output of kubeadm v1.20.2' },
  { from: '1.25.13', value: 300, source: backdateFix },
  { from: '1.26', value: 0, source: 'k8s.io/client-go v0.26.0 util/cert' },
  { from: '1.26.8', value: 300, source: backdateFix },
  { from: '1.27', value: 0, source: 'k8s.io/client-go v0.27.0 util/cert' },
  { from: '1.27.5', value: 300, source: backdateFix },
  {
    from: '1.28',
    value: 300,
    source: 'release notes 1.28: kubernetes/kubernetes#118922 (constants.CertificateBackdate)',
  },
];

const leafStart: readonly Row<'signer' | 'run'>[] = [
  { from: '1.18', value: 'signer', source: 'kubeadm v1.20.2 app/util/pkiutil NewSignedCert' },
  {
    from: '1.31',
    value: 'run',
    source: 'kubernetes/kubernetes#124652 (one start time, app/phases/certs KubeadmCert.GetConfig)',
  },
];

const leafBasicConstraints: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'output of kubeadm v1.20.2' },
  { from: '1.21', value: true, source: 'kubernetes/kubernetes#97266 (app/util/pkiutil NewSignedCert takes isCA)' },
];

const keyIdentifier: readonly Row<'sha1' | 'sha256'>[] = [
  // v1.18 was built with a Go that wrote none; ours has one, because `openssl verify -x509_strict` asks for it.
  { from: '1.18', value: 'sha1', source: 'output of kubeadm v1.20.2; Go 1.15 crypto/x509' },
  {
    from: '1.35',
    value: 'sha256',
    source: 'Go 1.25 (golang/go#71746) by go.mod of v1.35.0; output of kubeadm v1.36.2',
  },
];

const sharedPublicMode: readonly Row<0o600 | 0o644>[] = [
  { from: '1.18', value: 0o600, source: 'files of kubeadm v1.20.2 join --control-plane' },
  { from: '1.22', value: 0o644, source: 'release notes 1.22: kubernetes/kubernetes#103313' },
];

const distinctNames: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubernetes/kubeadm#2260 (v1.18.6 repeats names)' },
  { from: '1.19', value: true, source: 'release notes 1.19: kubernetes/kubernetes#92753' },
];

const algorithms: readonly Row<readonly EncryptionAlgorithm[]>[] = [
  { from: '1.18', value: ['RSA-2048', 'ECDSA-P256'], source: 'kubeadm v1.20.2: RSA-2048, or P256 by PublicKeysECDSA' },
  {
    from: '1.31',
    value: ['RSA-2048', 'RSA-3072', 'RSA-4096', 'ECDSA-P256'],
    source: 'kubeadm v1beta4 encryptionAlgorithm: kubernetes/kubernetes#123054',
  },
  {
    from: '1.34',
    value: ['RSA-2048', 'RSA-3072', 'RSA-4096', 'ECDSA-P256', 'ECDSA-P384'],
    source: 'release notes 1.34: kubernetes/kubernetes#131677',
  },
];

const kubeconfigAlgorithm: readonly Row<'configured' | 'RSA-2048'>[] = [
  { from: '1.18', value: 'RSA-2048', source: 'kubernetes/kubeadm#3072 (kubeconfigs ignore PublicKeysECDSA)' },
  { from: '1.31', value: 'configured', source: 'kubernetes/kubeadm#3072, mended for 1.31' },
];

const preferences: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'output of kubeadm v1.20.2' },
  { from: '1.34', value: false, source: 'k8s.io/client-go v0.34.0 tools/clientcmd/api/v1 (omitzero)' },
];

const componentServer: readonly Row<'local' | 'control-plane-endpoint'>[] = [
  { from: '1.18', value: 'control-plane-endpoint', source: 'before kubernetes/kubernetes#94398' },
  { from: '1.19.1', value: 'local', source: 'CHANGELOG-1.19 v1.19.1: kubernetes/kubernetes#94398' },
];

const kubeletServer: readonly Row<KubeletServer>[] = [
  { from: '1.18', value: { local: false, gated: false }, source: 'output of kubeadm v1.20.2' },
  {
    from: '1.31',
    value: { local: false, gated: true },
    source: 'release notes 1.31: kubernetes/kubernetes#125582, #125780',
  },
  { from: '1.33', value: { local: true, gated: true }, source: 'release notes 1.33: the gate is beta and on' },
  { from: '1.35', value: { local: true, gated: false }, source: 'release notes 1.35: the gate is GA and locked' },
];
