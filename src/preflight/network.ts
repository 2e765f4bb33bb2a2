import { nthAddress, parseAddress, parseSubnets, type Subnet } from '../config/network.ts';
import { apiServerPort } from '../release/ports.ts';
import { addressesIn, lookup } from './name-lookup.ts';
import { type Check, failure, nameFor, type PreflightContext, type Problem, warning } from './problem.ts';
import { httpsProxyFor } from './proxy.ts';
import { isControlPlane, type Subject } from './subject.ts';

export const proxyChecks: readonly Check[] = [
  {
    name: 'HTTPProxy',
    origin: 'kubeadm',
    check: ({ subject, facts }) => {
      const host = subject.localAPIEndpoint?.advertiseAddress ?? subject.join?.discoveryHost;
      const proxy =
        host && httpsProxyFor(host, subject.localAPIEndpoint?.bindPort ?? apiServerPort, facts.proxyEnvironment);
      if (!proxy) return [];
      const message = `Connection to "https://${host}" uses proxy "${proxy}". If that is not intended, adjust your proxy settings`;
      return [warning('HTTPProxy', message, { mend: `export no_proxy=$no_proxy,${host}` })];
    },
  },
  {
    name: 'HTTPProxyCIDR',
    origin: 'kubeadm',
    applies: ({ subject }) => isControlPlane(subject),
    check: ({ subject, facts }) =>
      subnetsOf(subject).flatMap((subnet) => {
        const proxy = httpsProxyFor(nthAddress(subnet, 1), 443, facts.proxyEnvironment);
        if (!proxy) return [];
        const message = `connection to "${subnet.text}" uses proxy "${proxy}". This may lead to malfunctional cluster setup. Make sure that Pod and Services IP ranges specified correctly as exceptions in proxy configuration`;
        return [warning('HTTPProxyCIDR', message, { mend: `export no_proxy=$no_proxy,${subnet.text}` })];
      }),
  },
];

export const hostnameChecks: readonly Check[] = [
  {
    name: 'Hostname',
    origin: 'kubeadm',
    reads: ({ nodeName }) => ({ commands: [lookup(nodeName)] }),
    check: ({ subject, facts, release, commands }) => {
      const { nodeName } = subject;
      const syntax = release.preflight.nodeNameSyntax ? unqualified(nodeName) : [];
      const known = facts.resolves.get(nodeName.toLowerCase()) ?? [];
      const found = known.length + addressesIn(commands, nodeName).length > 0;
      const mend = `echo '${facts.defaultAddress.v4 ?? 'ADDRESS'} ${nodeName}' >> /etc/hosts`;
      return [
        ...syntax.map((message) => warning('Hostname', message, { evidence: nodeName })),
        ...(found
          ? []
          : [warning('Hostname', `hostname "${nodeName}" could not be reached`, { mend, prepared: true })]),
      ];
    },
  },
];

/** What Kubernetes' IsQualifiedName says of a node name. */
function unqualified(name: string): readonly string[] {
  const syntax = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
  return [
    ...(name.length > 63 ? ['name part must be no more than 63 characters'] : []),
    ...(syntax.test(name)
      ? []
      : [
          "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        ]),
  ];
}

export const forwardingChecks: readonly Check[] = [
  {
    name: 'FileContent',
    origin: 'kubeadm',
    applies: ({ release }) => release.preflight.bridgeNetfilter,
    check: (context) => [
      ...sysctl(context, 'net.bridge.bridge-nf-call-iptables'),
      ...(isIPv6(context) ? sysctl(context, 'net.bridge.bridge-nf-call-ip6tables') : []),
    ],
  },
  {
    name: 'FileContent',
    origin: 'kubeadm',
    check: (context) => {
      const { subject, release } = context;
      const everywhere = release.preflight.forwarding === 'always';
      const v4 = everywhere || familiesOf(subject).has('IPv4');
      const v6 = everywhere ? isIPv6(context) : familiesOf(subject).has('IPv6');
      return [
        ...(v4 ? sysctl(context, 'net.ipv4.ip_forward') : []),
        ...(v6 ? sysctl(context, 'net.ipv6.conf.default.forwarding') : []),
      ];
    },
  },
];

function sysctl({ facts }: PreflightContext, key: string): readonly Problem[] {
  const path = `/proc/sys/${key.replaceAll('.', '/')}`;
  const name = nameFor('FileContent', path);
  const set = facts.sysctls.get(key);
  if (set === undefined) {
    const mend = key.startsWith('net.bridge.') ? `modprobe br_netfilter && sysctl -w ${key}=1` : undefined;
    return [failure(name, `${path} does not exist`, { ...(mend ? { mend } : {}), prepared: true })];
  }
  if (set === '1') return [];
  const more = { evidence: `it holds ${set}`, mend: `sysctl -w ${key}=1`, prepared: true };
  return [failure(name, `${path} contents are not set to 1`, more)];
}

/** Until v1.26: whether the address that this host serves or joins is IPv6. */
function isIPv6({ subject }: PreflightContext): boolean {
  const address = subject.role === 'init' ? subject.localAPIEndpoint?.advertiseAddress : subject.join?.discoveryHost;
  return parseAddress(address ?? '')?.family === 'IPv6';
}

/** From v1.27 on: those of the addresses in play; of a joining host only that of a literal endpoint. */
function familiesOf(subject: Subject): ReadonlySet<string | undefined> {
  const { role, localAPIEndpoint, join } = subject;
  if (role !== 'init') return new Set([parseAddress(join?.discoveryHost ?? '')?.family]);
  return new Set([
    parseAddress(localAPIEndpoint?.advertiseAddress ?? '')?.family,
    ...subnetsOf(subject).map(({ family }) => family),
  ]);
}

/** The cluster's service and pod subnets. */
export function subnetsOf({ cluster }: Subject): readonly Subnet[] {
  const { serviceSubnet, podSubnet } = cluster?.networking ?? { serviceSubnet: '', podSubnet: '' };
  return [serviceSubnet, podSubnet ?? ''].flatMap((text) => parseSubnets(text) ?? []);
}

export const etcdFileChecks: readonly Check[] = [
  {
    name: 'ExternalEtcdClientCertificates',
    origin: 'kubeadm',
    reads: (subject) => ({ paths: externalEtcdFiles(subject) }),
    check: ({ subject, paths }) =>
      externalEtcdFiles(subject).flatMap((path) =>
        (paths.get(path)?.type ?? 'absent') === 'absent'
          ? [
              failure('ExternalEtcdClientCertificates', `${path} doesn't exist`, {
                mend: `copy it from the etcd hosts`,
              }),
            ]
          : [],
      ),
  },
];

/** Certificate files of an external etcd that must be there; those that a certificate key brings may be absent. */
function externalEtcdFiles(subject: Subject): readonly string[] {
  const external = isControlPlane(subject) ? subject.cluster.etcd.external : undefined;
  if (!external || (subject.role === 'join-control-plane' && subject.certificateKey)) return [];
  return [external.caFile, external.certFile, external.keyFile].filter((path) => path !== '');
}
