import { nthAddress } from '../config/network.ts';
import type { ControlPlaneConfig } from '../config/types.ts';
import type { KubeObject } from '../kube/client.ts';
import type { CoreDnsRelease } from '../release/addons.ts';
import type { Release } from '../release/release.ts';
import { coreDnsImage } from './images.ts';
import { type Patch, patched } from './patches.ts';
import { clusterRole, clusterRoleBinding } from './rbac.ts';

const name = 'coredns';
const namespace = 'kube-system';
/** The Service keeps the name of CoreDNS's predecessor, and so do the labels. */
const labels = { 'k8s-app': 'kube-dns' } as const;

export interface CoreDnsOptions {
  /** What an upgrade found running; 2 for a new cluster. */
  readonly replicas?: number;
  readonly patches?: readonly Patch[];
}

/** The objects of CoreDNS in kubeadm's order. Throws RangeError for a service subnet without a tenth address. */
export function coreDnsObjects(
  config: ControlPlaneConfig,
  release: Release,
  options: CoreDnsOptions = {},
): readonly KubeObject[] {
  const { coreDns } = release.addons;
  const deployed = deployment(coreDnsImage(config.cluster, release), coreDns, options.replicas ?? 2);
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data: { Corefile: corefile(config.cluster.networking.dnsDomain, coreDns) },
    },
    clusterRole('system:coredns', rules(coreDns)),
    clusterRoleBinding('system:coredns', 'system:coredns', [{ kind: 'ServiceAccount', name, namespace }]),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    coreDns.patchable ? patched('corednsdeployment', deployed, options.patches ?? []) : deployed,
    service(clusterDns(config), coreDns),
  ];
}

/** The address of the cluster's DNS: the tenth of the first service subnet (kubeadm GetDNSIP). */
function clusterDns({ cluster }: ControlPlaneConfig): string {
  const [first = ''] = cluster.networking.serviceSubnet.split(',');
  return nthAddress(first.trim(), 10);
}

/** CoreDNS's configuration for a cluster domain. */
function corefile(domain: string, { maxConcurrent, uncachedClusterZone }: CoreDnsRelease): string {
  const forward = maxConcurrent === undefined ? [] : [`   max_concurrent ${maxConcurrent}`];
  const cache = uncachedClusterZone ? [`   disable success ${domain}`, `   disable denial ${domain}`] : [];
  const plugins = [
    'errors',
    ...block('health', ['   lameduck 5s']),
    'ready',
    ...block(`kubernetes ${domain} in-addr.arpa ip6.arpa`, [
      '   pods insecure',
      '   fallthrough in-addr.arpa ip6.arpa',
      '   ttl 30',
    ]),
    'prometheus :9153',
    ...block('forward . /etc/resolv.conf', forward),
    ...block('cache 30', cache),
    'loop',
    'reload',
    'loadbalance',
  ];
  return `.:53 {\n${plugins.map((line) => `    ${line}\n`).join('')}}\n`;
}

function block(head: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [head] : [`${head} {`, ...lines, '}'];
}

function rules({ getsNodes, readsEndpointSlices }: CoreDnsRelease) {
  const verbs = ['list', 'watch'];
  return [
    { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs },
    ...(getsNodes ? [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }] : []),
    ...(readsEndpointSlices ? [{ apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs }] : []),
  ];
}

function deployment(image: string, release: CoreDnsRelease, replicas: number): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { labels, name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { rollingUpdate: { maxUnavailable: 1 }, type: 'RollingUpdate' },
      template: { metadata: { labels }, spec: pod(image, release) },
    },
  };
}

function pod(image: string, release: CoreDnsRelease): object {
  const antiAffinity = {
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        podAffinityTerm: {
          labelSelector: { matchExpressions: [{ key: 'k8s-app', operator: 'In', values: [labels['k8s-app']] }] },
          topologyKey: 'kubernetes.io/hostname',
        },
        weight: 100,
      },
    ],
  };
  return {
    ...(release.antiAffinity ? { affinity: { podAntiAffinity: antiAffinity } } : {}),
    containers: [container(image, release)],
    dnsPolicy: 'Default',
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    priorityClassName: 'system-cluster-critical',
    serviceAccountName: name,
    tolerations: [
      { key: 'CriticalAddonsOnly', operator: 'Exists' },
      ...release.toleratedTaints.map((key) => ({ effect: 'NoSchedule', key })),
    ],
    volumes: [{ configMap: { items: [{ key: 'Corefile', path: 'Corefile' }], name }, name: 'config-volume' }],
  };
}

function container(image: string, { namedProbePorts, dropCapability }: CoreDnsRelease): object {
  const probePorts = [
    { containerPort: 8080, name: 'liveness-probe', protocol: 'TCP' },
    { containerPort: 8181, name: 'readiness-probe', protocol: 'TCP' },
  ];
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    args: ['-conf', '/etc/coredns/Corefile'],
    livenessProbe: {
      failureThreshold: 5,
      httpGet: { path: '/health', port: namedProbePorts ? 'liveness-probe' : 8080, scheme: 'HTTP' },
      initialDelaySeconds: 60,
      successThreshold: 1,
      timeoutSeconds: 5,
    },
    ports: [
      { containerPort: 53, name: 'dns', protocol: 'UDP' },
      { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' },
      { containerPort: 9153, name: 'metrics', protocol: 'TCP' },
      ...(namedProbePorts ? probePorts : []),
    ],
    readinessProbe: {
      httpGet: { path: '/ready', port: namedProbePorts ? 'readiness-probe' : 8181, scheme: 'HTTP' },
    },
    resources: { limits: { memory: '170Mi' }, requests: { cpu: '100m', memory: '70Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { add: ['NET_BIND_SERVICE'], drop: [dropCapability] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [{ mountPath: '/etc/coredns', name: 'config-volume', readOnly: true }],
  };
}

function service(clusterIP: string, { serviceName }: CoreDnsRelease): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      annotations: { 'prometheus.io/port': '9153', 'prometheus.io/scrape': 'true' },
      labels: { ...labels, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': serviceName },
      name: 'kube-dns',
      namespace,
      resourceVersion: '0',
    },
    spec: {
      clusterIP,
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
      ],
      selector: labels,
    },
  };
}
