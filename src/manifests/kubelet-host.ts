import type { Facts } from '../host/facts/facts.ts';
import type { KubeletRelease } from '../release/kubelet.ts';

export type FeatureGates = Readonly<Record<string, boolean>>;

/** What a kubelet's configuration and flags take from its node. */
export interface KubeletHost {
  /** systemd-resolved runs, so /etc/resolv.conf names a stub that pods cannot reach. */
  readonly systemdResolved: boolean;
  /** From `docker info`, where docker runs the containers. */
  readonly dockerCgroupDriver?: string | undefined;
}

/** What a node's facts say of it. */
export function kubeletHost({ systemdResolved, runtimes }: Pick<Facts, 'systemdResolved' | 'runtimes'>): KubeletHost {
  const docker = runtimes.find(({ socket }) => socket === '/var/run/docker.sock');
  return { systemdResolved, dockerCgroupDriver: docker?.cgroupDriver };
}

/** The servers that systemd-resolved itself asks. */
export const systemdResolvConf = '/run/systemd/resolve/resolv.conf';

/** dockershim's socket, with or without scheme: docker runs the containers. */
export function isDockerSocket(criSocket: string): boolean {
  return criSocket.endsWith('/dockershim.sock');
}

/** Whether the CRI socket stands in instance-config.yaml instead of the kubelet's flags. */
export function hasInstanceConfiguration({ nodeLocalCriSocket }: KubeletRelease, featureGates: FeatureGates): boolean {
  if (nodeLocalCriSocket === 'absent') return false;
  if (nodeLocalCriSocket === 'locked') return true;
  return featureGates['NodeLocalCRISocket'] ?? nodeLocalCriSocket === 'on';
}
