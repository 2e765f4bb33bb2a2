import { etcdClientPort, etcdPeerPort, kubeletPort } from '../release/ports.ts';

/** Where Services of type NodePort are reached. */
export const nodePortRange = '30000-32767';

export interface ControlPlanePorts {
  /** Of the API server. */
  readonly bindPort: number;
  /** etcd runs on the node. */
  readonly localEtcd: boolean;
}

/**
 * Ports that other machines need to reach on a node, `10250/tcp`; a worker without control-plane ports.
 * https://kubernetes.io/docs/reference/networking/ports-and-protocols/
 */
export function inboundPorts(controlPlane: ControlPlanePorts | undefined): readonly string[] {
  if (controlPlane === undefined) return [`${kubeletPort}/tcp`, `${nodePortRange}/tcp`];
  const etcd = controlPlane.localEtcd ? [`${etcdClientPort}-${etcdPeerPort}/tcp`] : [];
  return [`${controlPlane.bindPort}/tcp`, `${kubeletPort}/tcp`, ...etcd];
}

/** Whether one of the open ports or ranges covers the wanted one. */
export function isOpen(wanted: string, open: readonly string[]): boolean {
  const { low, high, protocol } = rangeOf(wanted);
  return open.map(rangeOf).some((range) => range.protocol === protocol && range.low <= low && high <= range.high);
}

function rangeOf(entry: string) {
  const [range = '', protocol = 'tcp'] = entry.split('/');
  const [low = '0', high = low] = range.split('-');
  return { low: Number(low), high: Number(high), protocol };
}
