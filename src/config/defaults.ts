import { adminConf, etcdDirectory, pkiDirectory } from '../release/paths.ts';
import { apiServerPort } from '../release/ports.ts';
import { formatDuration, seconds } from './duration.ts';
import type { Timeouts } from './types.ts';

/** Static defaults of kubeadm that never changed (v1beta2 to v1beta4 defaults.go). */
export const defaults = {
  bindPort: apiServerPort,
  certificatesDir: pkiDirectory,
  clusterName: 'kubernetes',
  dataDir: etcdDirectory,
  dnsDomain: 'cluster.local',
  serviceSubnet: '10.96.0.0/12',
  tokenTtl: '24h0m0s',
  tokenUsages: ['signing', 'authentication'],
  tokenGroups: ['system:bootstrappers:kubeadm:default-node-token'],
  encryptionAlgorithm: 'RSA-2048',
  certificateValidityPeriod: '8760h0m0s',
  caCertificateValidityPeriod: '87600h0m0s',
  imagePullPolicy: 'IfNotPresent',
  adminConf,
} as const;

/** kubeadm v1.36.2, also what its older versions waited. */
const defaultTimeouts: Timeouts = {
  controlPlaneComponentHealthCheck: '4m0s',
  kubeletHealthCheck: '4m0s',
  kubernetesAPICall: '1m0s',
  etcdAPICall: '2m0s',
  tlsBootstrap: '5m0s',
  discovery: '5m0s',
  upgradeManifests: '5m0s',
};

/** The user's time-outs over the defaults, printed as Go prints durations. */
export function completeTimeouts(
  given: { readonly [Key in keyof Timeouts]?: string | undefined } = {},
  more: { readonly [Key in keyof Timeouts]?: string | undefined } = {},
): Timeouts {
  const of = (name: keyof Timeouts) => goDuration(given[name] ?? more[name] ?? defaultTimeouts[name]);
  return {
    controlPlaneComponentHealthCheck: of('controlPlaneComponentHealthCheck'),
    kubeletHealthCheck: of('kubeletHealthCheck'),
    kubernetesAPICall: of('kubernetesAPICall'),
    etcdAPICall: of('etcdAPICall'),
    tlsBootstrap: of('tlsBootstrap'),
    discovery: of('discovery'),
    upgradeManifests: of('upgradeManifests'),
  };
}

/** `24h` as Go prints it: `24h0m0s`. */
export function goDuration(text: string): string {
  return formatDuration(seconds(text));
}

/** A text that was given; for Go an empty one is as good as none. */
export function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** `value` and all below it frozen; deciding code can hand it around without a copy. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) deepFreeze(each);
  }
  return value;
}
