import { formatDuration, parseDuration } from '../config/duration.ts';
import { parseAddress } from '../config/network.ts';
import type { InitConfig } from '../config/types.ts';
import type { KubeProxyFields } from '../release/kube-proxy-fields.ts';
import type { Release } from '../release/release.ts';
import { canonicalQuantity } from './quantity.ts';

export type KubeProxyConfiguration = Readonly<Record<string, unknown>>;

/** Where the DaemonSet mounts the kubeconfig of the ConfigMap kube-proxy. */
const kubeconfigFile = '/var/lib/kube-proxy/kubeconfig.conf';

/**
 * The KubeProxyConfiguration as kubeadm of the release stores it: every field of the release's type, the user's values
 * kept, and kubeadm's defaults where the user set none (kubeadm componentconfigs/kubeproxy.go).
 */
export function kubeProxyConfiguration(config: InitConfig, release: Release): KubeProxyConfiguration {
  const { networking, featureGates } = config.cluster;
  const wanted = filled(release.addons.kubeProxy.fields, config.kubeProxy.object);
  const clientConnection = wanted['clientConnection'] as KubeProxyConfiguration;
  const gates = { ...(wanted['featureGates'] as object | undefined), ...forwardedGates(featureGates) };
  return {
    ...wanted,
    bindAddress: wanted['bindAddress'] || anyAddress(config.localAPIEndpoint.advertiseAddress),
    clusterCIDR: wanted['clusterCIDR'] || (networking.podSubnet ?? ''),
    clientConnection: { ...clientConnection, kubeconfig: clientConnection['kubeconfig'] || kubeconfigFile },
    featureGates: Object.keys(gates).length > 0 ? gates : undefined,
  };
}

/** A struct of Go: the user's values over the zero ones; null leaves a field as it is. */
function filled(fields: KubeProxyFields, user: KubeProxyConfiguration): KubeProxyConfiguration {
  const result: Record<string, unknown> = { ...fields };
  for (const [name, value] of Object.entries(user)) {
    const zero = fields[name];
    if (value === null || value === undefined || (omitted.has(name) && isEmpty(value))) continue;
    result[name] = isStruct(zero) && isRecord(value) ? filled(zero, value) : normalized(name, value);
  }
  return result;
}

/** What Go omits when it is empty (types.go of k8s.io/kube-proxy and of component-base's logging, v0.36). */
const omitted: ReadonlySet<string> = new Set(['format', 'splitStream', 'vmodule', 'windowsRunAsService']);

function isEmpty(value: unknown): boolean {
  return !value || (Array.isArray(value) && value.length === 0);
}

/** kube-proxy's durations are named Period or Timeout, logging's flushFrequency; Go prints `1m` as `1m0s`. */
function normalized(name: string, value: unknown): unknown {
  if (name === 'infoBufferSize') return canonicalQuantity(value);
  if (!/(?:Period|Timeout|^flushFrequency)$/.test(name) || typeof value !== 'string') return value;
  const seconds = parseDuration(value);
  return seconds === undefined ? value : formatDuration(seconds);
}

/** The one gate that kubeadm passes on, as long as it had it (until 1.23). */
function forwardedGates({ IPv6DualStack }: Readonly<Record<string, boolean>>): Readonly<Record<string, boolean>> {
  return IPv6DualStack === undefined ? {} : { IPv6DualStack };
}

function anyAddress(advertiseAddress: string): string {
  return parseAddress(advertiseAddress)?.family === 'IPv6' ? '::' : '0.0.0.0';
}

function isStruct(value: KubeProxyFields[string] | undefined): value is KubeProxyFields {
  return typeof value === 'object' && value !== null;
}

function isRecord(value: unknown): value is KubeProxyConfiguration {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
