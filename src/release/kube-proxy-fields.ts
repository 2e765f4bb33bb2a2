import { type Structure, struct } from './go-types.ts';
import { loggingFields } from './logging-fields.ts';
import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'kubeProxyFields',
  upTo: 37,
  source: 'k8s.io/kube-proxy of 2026-07-21, after v0.37.0-beta.0',
};

/** The fields of kubeproxy.config.k8s.io/v1alpha1 KubeProxyConfiguration at `version`, with their types. */
export function kubeProxyFields(version: Version): Structure {
  return {
    ...always,
    ...pick(bindAddressHardFail, version),
    conntrack: pick(conntrack, version),
    ...pick(detectLocal, version),
    iptables: pick(iptables, version),
    ...(pick(logging, version) ? { logging: loggingFields(version) } : {}),
    ...pick(nftables, version),
    ...pick(udpIdleTimeout, version),
    ...pick(windowsRunAsService, version),
    winkernel: pick(winkernel, version),
  };
}

/** What Go leaves out where it is empty, having `omitempty` and being no struct. */
export const kubeProxyFieldsOmittedEmpty: readonly string[] = [
  'featureGates',
  'format',
  'splitStream',
  'vmodule',
  'windowsRunAsService',
];

const types = 'k8s.io/kube-proxy config/v1alpha1/types.go, branch release-';
const none: Structure = {};

const ipvs = struct({
  string: 'scheduler',
  bool: 'strictARP',
  'metav1.Duration': 'minSyncPeriod syncPeriod tcpFinTimeout tcpTimeout udpTimeout',
  '[]string': 'excludeCIDRs',
});

/** k8s.io/component-base config/v1alpha1 ClientConnectionConfiguration. */
const clientConnection = struct({
  string: 'acceptContentTypes contentType kubeconfig',
  int32: 'burst',
  float32: 'qps',
});

const always = struct(
  {
    string: `
      apiVersion kind bindAddress clusterCIDR detectLocalMode healthzBindAddress hostnameOverride metricsBindAddress
      mode portRange showHiddenMetricsForVersion
    `,
    bool: 'enableProfiling',
    '*int32': 'oomScoreAdj',
    'metav1.Duration': 'configSyncPeriod',
    '[]string': 'nodePortAddresses',
    'map[string]bool': 'featureGates',
  },
  { clientConnection, ipvs },
);

const bindAddressHardFail: readonly Row<Structure>[] = [
  { from: '1.18', value: none, source: `${types}1.18` },
  { from: '1.19', value: struct({ bool: 'bindAddressHardFail' }), source: `${types}1.19` },
];

const firstConntrack = struct({
  '*int32': 'maxPerCore min',
  '*metav1.Duration': 'tcpCloseWaitTimeout tcpEstablishedTimeout',
});
const conntrackOfUdp = struct({ bool: 'tcpBeLiberal', 'metav1.Duration': 'udpStreamTimeout udpTimeout' });

const conntrack: readonly Row<Structure>[] = [
  { from: '1.18', value: firstConntrack, source: `${types}1.18` },
  { from: '1.29', value: { ...firstConntrack, ...conntrackOfUdp }, source: `${types}1.29` },
];

const detectLocal: readonly Row<Structure>[] = [
  { from: '1.18', value: none, source: `${types}1.18` },
  {
    from: '1.24',
    value: { detectLocal: struct({ string: 'bridgeInterface interfaceNamePrefix' }) },
    source: `${types}1.24`,
  },
];

const rules = struct({
  bool: 'masqueradeAll',
  '*int32': 'masqueradeBit',
  'metav1.Duration': 'minSyncPeriod syncPeriod',
});

const iptables: readonly Row<Structure>[] = [
  { from: '1.18', value: rules, source: `${types}1.18` },
  { from: '1.26', value: { ...rules, ...struct({ '*bool': 'localhostNodePorts' }) }, source: `${types}1.26` },
];

const logging: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: `${types}1.18` },
  { from: '1.28', value: true, source: `${types}1.28` },
];

const nftables: readonly Row<Structure>[] = [
  { from: '1.18', value: none, source: `${types}1.18` },
  { from: '1.29', value: { nftables: rules }, source: `${types}1.29` },
];

const udpIdleTimeout: readonly Row<Structure>[] = [
  { from: '1.18', value: struct({ 'metav1.Duration': 'udpIdleTimeout' }), source: `${types}1.18` },
  { from: '1.26', value: none, source: `${types}1.26` },
];

const windowsRunAsService: readonly Row<Structure>[] = [
  { from: '1.18', value: none, source: `${types}1.18` },
  { from: '1.31', value: struct({ bool: 'windowsRunAsService' }), source: `${types}1.31` },
];

const firstWinkernel = struct({ string: 'networkName sourceVip', bool: 'enableDSR' });
const winkernelOfHns = struct({ string: 'rootHnsEndpointName', bool: 'forwardHealthCheckVip' });

const winkernel: readonly Row<Structure>[] = [
  { from: '1.18', value: firstWinkernel, source: `${types}1.18` },
  { from: '1.24', value: { ...firstWinkernel, ...winkernelOfHns }, source: `${types}1.24` },
];
