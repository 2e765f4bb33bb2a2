import { splitHostPort } from '../config/network.ts';
import type { ClusterConfiguration, InitConfig, JoinConfig, LocalAPIEndpoint } from '../config/types.ts';
import type { Reads } from '../execute/observed.ts';
import type { Release } from '../release/release.ts';

export type Role = 'init' | 'join-worker' | 'join-control-plane';

/** What is about to be made of the host, as far as the checks need to know. */
export interface Subject {
  readonly role: Role;
  readonly nodeName: string;
  readonly criSocket: string;
  /** Known for init, and for a join once the cluster's configuration is read. */
  readonly cluster?: ClusterConfiguration;
  /** Of a control plane. */
  readonly localAPIEndpoint?: LocalAPIEndpoint;
  readonly certificateKey?: string;
  readonly join?: { readonly caCertPath: string; readonly discoveryHost?: string };
  /** The kubelet's settings that the user gave or the cluster keeps. */
  readonly kubelet: Readonly<Record<string, unknown>>;
}

/** A host on which `init` makes a control plane. */
export function initSubject(config: InitConfig): Subject {
  return {
    role: 'init',
    nodeName: config.nodeRegistration.name,
    criSocket: config.nodeRegistration.criSocket,
    cluster: config.cluster,
    localAPIEndpoint: config.localAPIEndpoint,
    kubelet: config.kubelet.object,
  };
}

/** `cluster` and `kubelet` as the cluster keeps them, where they are known already. */
export function joinSubject(
  config: JoinConfig,
  stored: { readonly cluster?: ClusterConfiguration; readonly kubelet?: Readonly<Record<string, unknown>> } = {},
): Subject {
  const { nodeRegistration, controlPlane, discovery } = config;
  const discoveryHost = splitHostPort(discovery.bootstrapToken?.apiServerEndpoint ?? '')?.host;
  return {
    role: controlPlane ? 'join-control-plane' : 'join-worker',
    nodeName: nodeRegistration.name,
    criSocket: nodeRegistration.criSocket,
    ...(stored.cluster ? { cluster: stored.cluster } : {}),
    ...(controlPlane ? { localAPIEndpoint: controlPlane.localAPIEndpoint } : {}),
    ...(controlPlane?.certificateKey ? { certificateKey: controlPlane.certificateKey } : {}),
    join: { caCertPath: config.caCertPath, ...(discoveryHost ? { discoveryHost } : {}) },
    kubelet: stored.kubelet ?? {},
  };
}

/** Whether the host is to carry a control plane whose configuration is known. */
export function isControlPlane(
  subject: Subject,
): subject is Subject & { readonly cluster: ClusterConfiguration; readonly localAPIEndpoint: LocalAPIEndpoint } {
  return subject.role !== 'join-worker' && subject.cluster !== undefined && subject.localAPIEndpoint !== undefined;
}

/** Everything that the checks look at on the host: one round trip, beside it the questions to an external etcd. */
export function preflightReads(subject: Subject, release: Release): Reads {
  return {
    facts: true,
    files: kubeletArgumentFiles,
    paths: [
      socketPath(subject.criSocket),
      ...absentFiles(subject),
      ...emptyDirectories(subject, release),
      ...externalEtcdFiles(subject),
    ],
    commands: [lookup(subject.nodeName)],
    ...externalEtcdVersions(subject),
  };
}

/** Where the administrator's own arguments of the kubelet stand: KUBELET_EXTRA_ARGS of the RHEL family and of Debian. */
export const kubeletArgumentFiles: readonly string[] = ['/etc/sysconfig/kubelet', '/etc/default/kubelet'];

/** Resolves a name as the host's own programs do. */
export function lookup(name: string): readonly string[] {
  return ['getent', 'ahosts', name];
}

/** Files that must not be there yet. */
export function absentFiles(subject: Subject): readonly string[] {
  return [
    ...(subject.join ? ['/etc/kubernetes/kubelet.conf', '/etc/kubernetes/bootstrap-kubelet.conf'] : []),
    ...(subject.join && subject.role === 'join-worker' ? [subject.join.caCertPath] : []),
    ...(isControlPlane(subject) ? staticPods.map((name) => `${manifests}/${name}.yaml`) : []),
  ];
}

/** Directories that must be empty or absent. */
export function emptyDirectories(subject: Subject, release: Release): readonly string[] {
  const { role, cluster } = subject;
  return [
    ...(role !== 'init' && release.preflight.emptyManifestsOnJoin ? [manifests] : []),
    ...(isControlPlane(subject) && cluster?.etcd.local ? [cluster.etcd.local.dataDir] : []),
  ];
}

/** Certificate files of an external etcd that must be there; those that a certificate key brings may be absent. */
export function externalEtcdFiles(subject: Subject): readonly string[] {
  const external = isControlPlane(subject) ? subject.cluster.etcd.external : undefined;
  if (!external || (subject.role === 'join-control-plane' && subject.certificateKey)) return [];
  return [external.caFile, external.certFile, external.keyFile].filter((path) => path !== '');
}

const manifests = '/etc/kubernetes/manifests';
const staticPods = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'];

/** kubeadm asks them where a first control plane comes up, from v1.35 on at `httpEndpoints`. */
function externalEtcdVersions({ role, cluster }: Subject): Pick<Reads, 'etcdVersions'> {
  const external = role === 'init' ? cluster?.etcd.external : undefined;
  if (external === undefined) return {};
  const { endpoints, httpEndpoints = endpoints, caFile, certFile, keyFile } = external;
  return { etcdVersions: { servers: httpEndpoints, caFile, certFile, keyFile } };
}

/** The path of a CRI socket, without its scheme and by the name under which hosts tell it. */
export function socketPath(criSocket: string): string {
  const path = criSocket.replace(/^unix:\/\//, '').replace(/^\/run\//, '/var/run/');
  return path === '/var/run/dockershim.sock' ? '/var/run/docker.sock' : path;
}
