import { formatDuration, parseDuration } from '../config/duration.ts';
import { parseAddress } from '../config/network.ts';
import type { InitConfig } from '../config/types.ts';
import { defined } from '../defined.ts';
import { type GoType, type Structure, structureOf } from '../release/go-types.ts';
import { kubeProxyFieldsOmittedEmpty } from '../release/kube-proxy-fields.ts';
import type { Release } from '../release/release.ts';
import { canonicalQuantity } from './quantity.ts';
import { unsetFields } from './unset-fields.ts';

export type KubeProxyConfiguration = Readonly<Record<string, unknown>>;

const typeMeta = { apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', kind: 'KubeProxyConfiguration' };

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
    ...typeMeta,
    mode: wanted['mode'] || (release.addons.kubeProxy.defaultMode ?? ''),
    bindAddress: wanted['bindAddress'] || anyAddress(config.localAPIEndpoint.advertiseAddress),
    clusterCIDR: wanted['clusterCIDR'] || (networking.podSubnet ?? ''),
    clientConnection: { ...clientConnection, kubeconfig: clientConnection['kubeconfig'] || kubeconfigFile },
    featureGates: Object.keys(gates).length > 0 ? gates : undefined,
  };
}

/** What Go prints of a struct: the user's values over the zero ones; null leaves a field as it is. */
function filled(fields: Structure, user: KubeProxyConfiguration): KubeProxyConfiguration {
  const result = unsetFields(fields, (name) => omitted.has(name));
  for (const [name, value] of Object.entries(user)) {
    if (value === null || value === undefined || (omitted.has(name) && isEmpty(value))) continue;
    const type = fields[name];
    const structure = structureOf(type);
    result[name] = structure && isRecord(value) ? filled(structure, value) : normalized(value, type);
  }
  return result;
}

const omitted: ReadonlySet<string> = new Set(kubeProxyFieldsOmittedEmpty);

function isEmpty(value: unknown): boolean {
  return !value || (Array.isArray(value) && value.length === 0);
}

/** Go prints the duration `1m` as `1m0s`. */
function normalized(value: unknown, type: GoType | undefined): unknown {
  if (type === 'resource.Quantity') return canonicalQuantity(value);
  if (typeof type !== 'string' || !type.endsWith('Duration') || typeof value !== 'string') return value;
  const seconds = parseDuration(value);
  return seconds === undefined ? value : formatDuration(seconds);
}

/** The one gate that kubeadm passes on, as long as it had it (until 1.23). */
function forwardedGates({ IPv6DualStack }: Readonly<Record<string, boolean>>): Readonly<Record<string, boolean>> {
  return defined({ IPv6DualStack });
}

function anyAddress(advertiseAddress: string): string {
  return parseAddress(advertiseAddress)?.family === 'IPv6' ? '::' : '0.0.0.0';
}

function isRecord(value: unknown): value is KubeProxyConfiguration {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
