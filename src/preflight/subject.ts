import { splitHostPort } from '../config/network.ts';
import type { ClusterConfiguration, InitConfig, JoinConfig, LocalAPIEndpoint } from '../config/types.ts';

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

/** The path of a CRI socket, without its scheme and by the name under which hosts tell it. */
export function socketPath(criSocket: string): string {
  const path = criSocket.replace(/^unix:\/\//, '').replace(/^\/run\//, '/var/run/');
  return path === '/var/run/dockershim.sock' ? '/var/run/docker.sock' : path;
}
