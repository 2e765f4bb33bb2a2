import { posix } from 'node:path';
import { goneKubeProxyGates, kubeProxyModes } from '../release/kube-proxy-modes.ts';
import { manifestsDirectory } from '../release/paths.ts';
import { kubeletHealthzPort } from '../release/ports.ts';
import type { Release } from '../release/release.ts';
import type { Report } from './findings.ts';
import { didYouMean } from './nearest.ts';
import { nthAddress, parseAddress, parseSubnet } from './network.ts';
import type { Arg, ClusterConfiguration, ComponentConfig, LocalAPIEndpoint } from './types.ts';

interface Given {
  readonly cluster: ClusterConfiguration;
  readonly localAPIEndpoint: LocalAPIEndpoint;
  readonly kubelet: ComponentConfig;
  readonly kubeProxy: ComponentConfig;
  /** systemd-resolved runs on the host. */
  readonly systemdResolved: boolean;
}

interface Recommended {
  /** `authentication.anonymous.enabled` */
  readonly field: string;
  readonly value: unknown;
}

type Warn = (message: string) => void;

/**
 * Warns, in kubeadm's words, of every field of the user's that is not as kubeadm recommends it (v1.36.3
 * app/componentconfigs, Default and warnDefaultComponentConfigValue; the same fields in v1.20.2).
 */
export function warnOfUnusualValues(given: Given, release: Release, warn: Warn): void {
  compare('KubeletConfiguration', given.kubelet, ofKubelet(given, release), warn);
  compare('KubeProxyConfiguration', given.kubeProxy, ofKubeProxy(given), warn);
}

/** What is wrong with a place where the kubelet looks for the control plane's pods, which would never start; or undefined. */
export function foreignManifests(path: unknown): string | undefined {
  if (typeof path !== 'string' || path === '' || samePath(path, manifestsDirectory)) return undefined;
  return `is ${JSON.stringify(path)}, but the control plane's pods are written to ${manifestsDirectory}, where this kubelet would not see them: leave it out`;
}

/** Refuses such a place in the kubelet's configuration, and in the arguments that go before it. */
export function refuseForeignManifests(
  { object }: ComponentConfig,
  args: readonly Arg[],
  report: Readonly<Record<'kubelet' | 'init', Report>>,
): void {
  const message = foreignManifests(object['staticPodPath']);
  if (message !== undefined) report.kubelet(['staticPodPath'], message);
  for (const [index, { name, value }] of args.entries()) {
    const problem = name === 'pod-manifest-path' ? foreignManifests(value) : undefined;
    if (problem !== undefined) report.init(['nodeRegistration', 'kubeletExtraArgs', index, 'value'], problem);
  }
}

/** Warns of a mode or a gate with which kube-proxy of the release does not start; kubeadm stores them as they are. */
export function warnOfKubeProxy({ object }: ComponentConfig, { version }: Release, warn: Warn): void {
  const { mode, featureGates } = object;
  const gates = isMapping(featureGates) ? featureGates : {};
  const gone = goneKubeProxyGates(version);
  for (const gate of Object.keys(gates).filter((name) => gone.has(name))) {
    warn(
      `KubeProxyConfiguration featureGates.${gate}: the gate went with ${gone.get(gate)}, and with it kube-proxy ${version.text} does not start: take it out`,
    );
  }
  if (typeof mode !== 'string' || mode === '') return;
  const known = kubeProxyModes(version);
  const found = known.find(({ name }) => name === mode);
  const names = known.map(({ name }) => name);
  if (!found) {
    warn(
      `KubeProxyConfiguration mode: kube-proxy ${version.text} knows no mode "${mode}" and does not start with it, only ${names.join(', ')}${didYouMean(mode, names)}`,
    );
  } else if (found.gate !== undefined && gates[found.gate] !== true) {
    warn(
      `KubeProxyConfiguration mode: ${mode} needs featureGates.${found.gate}: true in ${version.text}, or kube-proxy does not start`,
    );
  }
}

function ofKubelet({ cluster, systemdResolved }: Given, { kubelet }: Release): readonly Recommended[] {
  const { certificatesDir, networking } = cluster;
  const services = parseSubnet(networking.serviceSubnet.split(',')[0] ?? '');
  return [
    { field: 'staticPodPath', value: manifestsDirectory },
    ...(services === undefined || services.size <= 10n
      ? []
      : [{ field: 'clusterDNS', value: [nthAddress(services, 10)] }]),
    { field: 'clusterDomain', value: networking.dnsDomain },
    { field: 'authentication.x509.clientCAFile', value: posix.join(certificatesDir, 'ca.crt') },
    { field: 'authentication.anonymous.enabled', value: false },
    { field: 'authorization.mode', value: 'Webhook' },
    { field: 'authentication.webhook.enabled', value: true },
    { field: 'healthzBindAddress', value: '127.0.0.1' },
    { field: 'healthzPort', value: kubeletHealthzPort },
    { field: 'readOnlyPort', value: 0 },
    ...(systemdResolved && kubelet.resolvConf !== 'flag'
      ? [{ field: 'resolvConf', value: '/run/systemd/resolve/resolv.conf' }]
      : []),
  ];
}

function ofKubeProxy({ cluster, localAPIEndpoint }: Given): readonly Recommended[] {
  const { podSubnet } = cluster.networking;
  const family = parseAddress(localAPIEndpoint.advertiseAddress)?.family;
  return [
    { field: 'bindAddress', value: family === 'IPv6' ? '::' : '0.0.0.0' },
    ...(podSubnet === undefined ? [] : [{ field: 'clusterCIDR', value: podSubnet }]),
    { field: 'clientConnection.kubeconfig', value: '/var/lib/kube-proxy/kubeconfig.conf' },
  ];
}

function compare(kind: string, { object }: ComponentConfig, recommended: readonly Recommended[], warn: Warn): void {
  for (const { field, value } of recommended) {
    const given = field.split('.').reduce<unknown>((part, name) => (isMapping(part) ? part[name] : undefined), object);
    if (given === undefined || given === null || given === '' || asGoPrints(given) === asGoPrints(value)) continue;
    warn(
      `The recommended value for "${field}" in "${kind}" is: ${asGoPrints(value)}; the provided value is: ${asGoPrints(given)}`,
    );
  }
}

/** Go's %v: lists in brackets, with spaces between. */
function asGoPrints(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(String).join(' ')}]` : String(value);
}

function samePath(a: string, b: string): boolean {
  return posix.join(a, '/') === posix.join(b, '/');
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
