import { seconds } from '../config/duration.ts';
import { hostPort, splitHostPort } from '../config/network.ts';
import type { ControlPlaneConfig } from '../config/types.ts';
import type { Release } from '../release/release.ts';
import { type CertificateSpec, keyAlgorithm } from './certificate-table.ts';

export type KubeconfigName = 'admin' | 'super-admin' | 'kubelet' | 'controller-manager' | 'scheduler';

/** A kubeconfig that `init` writes. */
export interface KubeconfigEntry {
  /** kubeadm's name, of its phase. */
  readonly name: KubeconfigName;
  /** Below /etc/kubernetes. */
  readonly file: string;
  readonly user: string;
  readonly organizations: readonly string[];
  readonly server: string;
  readonly clusterName: string;
  readonly preferences: boolean;
  /** The client certificate in it. */
  readonly client: CertificateSpec;
}

/** The kubeconfigs of the first control plane, in kubeadm's order; super-admin.conf only where the release has it. */
export function kubeconfigTable(config: ControlPlaneConfig, release: Pick<Release, 'pki'>): readonly KubeconfigEntry[] {
  return rows
    .filter(({ name }) => name !== 'super-admin' || release.pki.superAdmin)
    .map((row) => {
      const file = `${row.name}.conf`;
      const user = row.user(config.nodeRegistration.name);
      const organizations = row.organizations ?? release.pki.organizations.admin;
      return {
        name: row.name,
        file,
        user,
        organizations,
        server: row.isLocal(config, release) ? localServer(config) : controlPlaneServer(config),
        clusterName: config.cluster.clusterName,
        preferences: release.pki.preferences,
        client: clientSpec({ name: file, title: row.title, commonName: user, organizations }, config, release),
      };
    });
}

/** Those whose client certificate `certs renew` looks after; the kubelet rotates its own. */
export function renewableKubeconfigs({ pki }: Pick<Release, 'pki'>): readonly { file: string; title: string }[] {
  return rows
    .filter(({ name }) => name !== 'kubelet' && (name !== 'super-admin' || pki.superAdmin))
    .map(({ name, title }) => ({ file: `${name}.conf`, title }));
}

/** A client certificate for a kubeconfig, signed by the cluster's CA. */
export function clientSpec(
  of: {
    readonly name: string;
    readonly title: string;
    readonly commonName: string;
    readonly organizations: readonly string[];
  },
  { cluster }: Pick<ControlPlaneConfig, 'cluster'>,
  { pki }: Pick<Release, 'pki'>,
): CertificateSpec {
  return {
    name: of.name,
    title: of.title,
    path: of.name,
    signer: 'ca',
    ca: false,
    subject: { commonName: of.commonName, organizations: of.organizations },
    dnsNames: [],
    ipAddresses: [],
    usages: ['clientAuth'],
    algorithm: pki.kubeconfigAlgorithm === 'configured' ? keyAlgorithm(cluster) : pki.kubeconfigAlgorithm,
    validitySeconds: seconds(cluster.certificateValidityPeriod),
    start: 'signer',
  };
}

/** `https://` and the control-plane endpoint (with the bind port where it names none), or this node's own address. */
export function controlPlaneServer({ cluster, localAPIEndpoint }: ControlPlaneConfig): string {
  const endpoint = cluster.controlPlaneEndpoint === undefined ? undefined : splitHostPort(cluster.controlPlaneEndpoint);
  if (!endpoint) return `https://${hostPort(localAPIEndpoint.advertiseAddress, localAPIEndpoint.bindPort)}`;
  return `https://${hostPort(endpoint.host, endpoint.port ?? localAPIEndpoint.bindPort)}`;
}

/** Whether the kubelet of a control plane talks to the API server beside it (the gate ControlPlaneKubeletLocalMode). */
export function isKubeletLocal(
  { cluster }: Pick<ControlPlaneConfig, 'cluster'>,
  { pki: { kubeletServer } }: Pick<Release, 'pki'>,
): boolean {
  const gate = cluster.featureGates['ControlPlaneKubeletLocalMode'];
  return kubeletServer.gated ? (gate ?? kubeletServer.local) : kubeletServer.local;
}

/** `https://` and this node's own API server. */
export function localServer({
  localAPIEndpoint: { advertiseAddress, bindPort },
}: Pick<ControlPlaneConfig, 'localAPIEndpoint'>): string {
  return `https://${hostPort(advertiseAddress, bindPort)}`;
}

interface Row {
  readonly name: KubeconfigName;
  readonly title: string;
  readonly user: (nodeName: string) => string;
  /** Absent: the administrator's, which the release decides. */
  readonly organizations?: readonly string[];
  readonly isLocal: (config: ControlPlaneConfig, release: Pick<Release, 'pki'>) => boolean;
}

const never = () => false;
const asComponents = (_: ControlPlaneConfig, { pki }: Pick<Release, 'pki'>) => pki.componentServer === 'local';

/** kubeadm app/phases/kubeconfig getKubeConfigSpecs. */
const rows: readonly Row[] = [
  {
    name: 'admin',
    title: 'certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself',
    user: () => 'kubernetes-admin',
    isLocal: never,
  },
  {
    name: 'super-admin',
    title: 'certificate embedded in the kubeconfig file for the super-admin',
    user: () => 'kubernetes-super-admin',
    organizations: ['system:masters'],
    isLocal: never,
  },
  {
    name: 'kubelet',
    title: 'certificate embedded in the kubeconfig file for the kubelet to use',
    user: (nodeName) => `system:node:${nodeName}`,
    organizations: ['system:nodes'],
    isLocal: isKubeletLocal,
  },
  {
    name: 'controller-manager',
    title: 'certificate embedded in the kubeconfig file for the controller manager to use',
    user: () => 'system:kube-controller-manager',
    organizations: [],
    isLocal: asComponents,
  },
  {
    name: 'scheduler',
    title: 'certificate embedded in the kubeconfig file for the scheduler manager to use',
    user: () => 'system:kube-scheduler',
    organizations: [],
    isLocal: asComponents,
  },
];
