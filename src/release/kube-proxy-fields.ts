import { pick, type Row } from './table.ts';
import type { Version } from './version.ts';

/** A struct's fields and what Go prints for them when nobody sets them. */
export interface KubeProxyFields {
  readonly [field: string]: string | number | boolean | null | KubeProxyFields;
}

/**
 * KubeProxyConfiguration v1alpha1 with every field at its zero value. Fields that Go omits when empty (featureGates,
 * windowsRunAsService) are not in it.
 */
export function kubeProxyFields(version: Version): KubeProxyFields {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    bindAddress: '',
    ...pick(bindAddressHardFail, version),
    clientConnection: { acceptContentTypes: '', burst: 0, contentType: '', kubeconfig: '', qps: 0 },
    clusterCIDR: '',
    configSyncPeriod: '0s',
    conntrack: {
      maxPerCore: null,
      min: null,
      tcpCloseWaitTimeout: null,
      tcpEstablishedTimeout: null,
      ...pick(conntrack, version),
    },
    ...pick(detectLocal, version),
    detectLocalMode: '',
    enableProfiling: false,
    healthzBindAddress: '',
    hostnameOverride: '',
    iptables: {
      masqueradeAll: false,
      masqueradeBit: null,
      minSyncPeriod: '0s',
      syncPeriod: '0s',
      ...pick(iptables, version),
    },
    ipvs: {
      excludeCIDRs: null,
      minSyncPeriod: '0s',
      scheduler: '',
      strictARP: false,
      syncPeriod: '0s',
      tcpFinTimeout: '0s',
      tcpTimeout: '0s',
      udpTimeout: '0s',
    },
    ...pick(logging, version),
    metricsBindAddress: '',
    mode: '',
    ...pick(nftables, version),
    nodePortAddresses: null,
    oomScoreAdj: null,
    portRange: '',
    showHiddenMetricsForVersion: '',
    ...pick(udpIdleTimeout, version),
    winkernel: { enableDSR: false, networkName: '', sourceVip: '', ...pick(winkernel, version) },
  };
}

const none: KubeProxyFields = {};
const types = 'k8s.io/kube-proxy config/v1alpha1/types.go, branch';
const logs = 'k8s.io/component-base logs/api/v1/types.go, branch';

const bindAddressHardFail: readonly Row<KubeProxyFields>[] = [
  { from: '1.18', value: none, source: `${types} release-1.18` },
  { from: '1.19', value: { bindAddressHardFail: false }, source: `${types} release-1.19` },
];

const conntrack: readonly Row<KubeProxyFields>[] = [
  { from: '1.18', value: none, source: `${types} release-1.18` },
  {
    from: '1.29',
    value: { tcpBeLiberal: false, udpStreamTimeout: '0s', udpTimeout: '0s' },
    source: `${types} release-1.29`,
  },
];

const detectLocal: readonly Row<KubeProxyFields>[] = [
  { from: '1.18', value: none, source: `${types} release-1.18` },
  {
    from: '1.24',
    value: { detectLocal: { bridgeInterface: '', interfaceNamePrefix: '' } },
    source: `${types} release-1.24`,
  },
];

const iptables: readonly Row<KubeProxyFields>[] = [
  { from: '1.18', value: none, source: `${types} release-1.18` },
  { from: '1.26', value: { localhostNodePorts: null }, source: `${types} release-1.26` },
];

const json: KubeProxyFields = { infoBufferSize: '0' };

const logging: readonly Row<KubeProxyFields>[] = [
  { from: '1.18', value: none, source: `${types} release-1.18` },
  {
    from: '1.28',
    value: { logging: { flushFrequency: 0, options: { json }, verbosity: 0 } },
    source: `${types} release-1.28; ${logs} release-1.28`,
  },
  {
    from: '1.30',
    value: { logging: { flushFrequency: 0, options: { json, text: json }, verbosity: 0 } },
    source: `${logs} release-1.30; output of kubeadm v1.36.2`,
  },
];

const nftables: readonly Row<KubeProxyFields>[] = [
  { from: '1.18', value: none, source: `${types} release-1.18` },
  {
    from: '1.29',
    value: { nftables: { masqueradeAll: false, masqueradeBit: null, minSyncPeriod: '0s', syncPeriod: '0s' } },
    source: `${types} release-1.29`,
  },
];

const udpIdleTimeout: readonly Row<KubeProxyFields>[] = [
  { from: '1.18', value: { udpIdleTimeout: '0s' }, source: `${types} release-1.18` },
  { from: '1.26', value: none, source: `${types} release-1.26` },
];

const winkernel: readonly Row<KubeProxyFields>[] = [
  { from: '1.18', value: none, source: `${types} release-1.18` },
  {
    from: '1.24',
    value: { forwardHealthCheckVip: false, rootHnsEndpointName: '' },
    source: `${types} release-1.24`,
  },
];
