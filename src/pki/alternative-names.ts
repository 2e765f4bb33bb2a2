import { nthAddress, parseAddress, splitHostPort } from '../config/network.ts';
import type { ControlPlaneConfig } from '../config/types.ts';
import type { PkiRelease } from '../release/pki.ts';

export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  /** Canonical (RFC 5952). */
  readonly ipAddresses: readonly string[];
}

/** Subject alternative names of a serving certificate (kubeadm app/util/pkiutil GetAPIServerAltNames, getAltNames). */
export function alternativeNames(
  of: 'apiserver' | 'etcd-server' | 'etcd-peer',
  config: ControlPlaneConfig,
  release: PkiRelease,
): AlternativeNames {
  const names = namesOf[of](config);
  const dnsNames = names.filter((name) => parseAddress(name) === undefined);
  const ipAddresses = names.flatMap((name) => parseAddress(name)?.text ?? []);
  if (!release.distinctNames) return { dnsNames, ipAddresses };
  return { dnsNames: [...new Set(dnsNames)].sort(byCodePoint), ipAddresses: [...new Set(ipAddresses)] };
}

/** The entries of a list of names that are neither an address nor a DNS name; kubeadm warns of them and leaves them out. */
export function invalidNames(names: readonly string[]): readonly string[] {
  return names.filter((name) => !isName(name));
}

const namesOf = {
  apiserver: ({ cluster, nodeRegistration, localAPIEndpoint }: ControlPlaneConfig) => [
    nodeRegistration.name,
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${cluster.networking.dnsDomain}`,
    nthAddress((cluster.networking.serviceSubnet.split(',')[0] ?? '').trim(), 1),
    localAPIEndpoint.advertiseAddress,
    ...endpointHost(cluster.controlPlaneEndpoint),
    ...cluster.apiServer.certSANs.filter(isName),
  ],
  'etcd-server': (config: ControlPlaneConfig) => etcdNames(config, config.cluster.etcd.local?.serverCertSANs ?? []),
  'etcd-peer': (config: ControlPlaneConfig) => etcdNames(config, config.cluster.etcd.local?.peerCertSANs ?? []),
};

function etcdNames(
  { nodeRegistration, localAPIEndpoint }: ControlPlaneConfig,
  more: readonly string[],
): readonly string[] {
  return [
    nodeRegistration.name,
    'localhost',
    localAPIEndpoint.advertiseAddress,
    '127.0.0.1',
    '::1',
    ...more.filter(isName),
  ];
}

function endpointHost(endpoint: string | undefined): readonly string[] {
  const host = endpoint === undefined ? undefined : splitHostPort(endpoint)?.host;
  return host === undefined ? [] : [host];
}

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const dnsName = new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`);

/** An address, an RFC 1123 subdomain, or one with a wildcard before it. */
function isName(name: string): boolean {
  return parseAddress(name) !== undefined || (name.length <= 253 && dnsName.test(name));
}

function byCodePoint(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
