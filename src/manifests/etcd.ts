import { posix } from 'node:path';
import { seconds } from '../config/duration.ts';
import { hostPort, parseAddress } from '../config/network.ts';
import { isPort } from '../config/rules.ts';
import type { ControlPlaneConfig, LocalEtcd } from '../config/types.ts';
import type { EtcdPeer } from '../etcd/members.ts';
import { etcdClientPort, etcdMetricsPort, etcdPeerPort } from '../release/ports.ts';
import type { Release } from '../release/release.ts';
import { argumentText, argumentValue, mergeArguments } from './arguments.ts';
import { type Arguments, defaultArguments } from './default-arguments.ts';
import { writableDirectory } from './host-path-mounts.ts';
import { etcdImage, etcdTag } from './images.ts';
import { type Component, type StaticPod, staticPod } from './static-pod.ts';
import { environment } from './static-pod-host.ts';

export interface EtcdPodOptions {
  /** Every member of the cluster that this one joins, itself among them; none where it is the first. */
  readonly initialCluster?: readonly EtcdPeer[];
}

/** The static pod of a local etcd member. Throws where the configuration has an external etcd (a bug of the caller's). */
export function etcdPod(
  config: ControlPlaneConfig,
  release: Release,
  { initialCluster = [] }: EtcdPodOptions = {},
): StaticPod {
  const { cluster } = config;
  const { local } = cluster.etcd;
  if (local === undefined) throw new Error('an external etcd has no static pod');
  const { advertiseAddress } = config.localAPIEndpoint;
  const loopback = parseAddress(advertiseAddress)?.family === 'IPv6' ? '::1' : '127.0.0.1';
  const args = argumentsOf(config, local, loopback, initialCluster);
  const defaults = defaultArguments('etcd', args, release, etcdTag(cluster, release));
  return staticPod(
    {
      name: 'etcd',
      image: etcdImage(cluster, release),
      arguments: mergeArguments(defaults, local.extraArgs, release.controlPlane.extraArgsOrder).map(argumentText),
      health: metricsEndpoint(local, loopback),
      requests: release.controlPlane.etcdRequests,
      environment: environment(new Map(), local.extraEnvs, release.controlPlane),
      mounts: [
        writableDirectory('etcd-data', local.dataDir),
        writableDirectory('etcd-certs', `${cluster.certificatesDir}/etcd`),
      ],
      annotations: { 'kubeadm.kubernetes.io/etcd.advertise-client-urls': clientURL(advertiseAddress) },
    },
    release.controlPlane,
    seconds(config.timeouts.controlPlaneComponentHealthCheck),
  );
}

/** Where an etcd member with this address is reached by clients. */
export function clientURL(address: string): string {
  return `https://${hostPort(address, etcdClientPort)}`;
}

/** Where an etcd member with this address is reached by its peers. */
export function peerURL(address: string): string {
  return `https://${hostPort(address, etcdPeerPort)}`;
}

function argumentsOf(
  config: ControlPlaneConfig,
  local: LocalEtcd,
  loopback: string,
  peers: readonly EtcdPeer[],
): Arguments {
  const pki = (name: string) => posix.join(config.cluster.certificatesDir, 'etcd', name);
  const { name } = config.nodeRegistration;
  const { advertiseAddress } = config.localAPIEndpoint;
  const self = { name, peerURL: peerURL(advertiseAddress) };
  const cluster = peers.length === 0 ? [self] : peers;
  return {
    'advertise-client-urls': clientURL(advertiseAddress),
    'cert-file': pki('server.crt'),
    'client-cert-auth': 'true',
    'data-dir': local.dataDir,
    'experimental-initial-corrupt-check': 'true',
    'experimental-watch-progress-notify-interval': '5s',
    'feature-gates': 'InitialCorruptCheck=true',
    'initial-advertise-peer-urls': self.peerURL,
    'initial-cluster': cluster.map((peer) => `${peer.name}=${peer.peerURL}`).join(','),
    'initial-cluster-state': peers.length === 0 ? undefined : 'existing',
    'key-file': pki('server.key'),
    'listen-client-urls': `${clientURL(loopback)},${clientURL(advertiseAddress)}`,
    'listen-metrics-urls': `http://${hostPort(loopback, etcdMetricsPort)}`,
    'listen-peer-urls': self.peerURL,
    name,
    'peer-cert-file': pki('peer.crt'),
    'peer-client-cert-auth': 'true',
    'peer-key-file': pki('peer.key'),
    'peer-trusted-ca-file': pki('ca.crt'),
    'snapshot-count': '10000',
    'trusted-ca-file': pki('ca.crt'),
    'watch-progress-notify-interval': '5s',
  };
}

/** Probes follow the first of the user's listen-metrics-urls (kubeadm's GetEtcdProbeEndpoint). */
function metricsEndpoint({ extraArgs }: LocalEtcd, loopback: string): Component['health'] {
  const text = argumentValue(extraArgs, 'listen-metrics-urls')?.split(',')[0];
  const form = /^(?:(\w+):)?\/\/(?:\[([^\]]*)\]|([^:/]*))(?::(\d+))?/;
  const [, scheme, bracketed, plain, digits] = form.exec(text ?? '') ?? [];
  const port = Number(digits);
  return {
    host: bracketed || plain || loopback,
    port: isPort(port) ? port : etcdMetricsPort,
    scheme: scheme === 'https' ? 'HTTPS' : 'HTTP',
  };
}
