import { exitCodes, KinitError } from '../errors.ts';
import { apiServerPort } from '../release/ports.ts';
import type { Release } from '../release/release.ts';
import { parseVersion } from '../release/version.ts';
import {
  clusterConfigurationDocument,
  initConfigurationDocument,
  joinConfigurationDocument,
  resetConfigurationDocument,
  upgradeConfigurationDocument,
} from './convert.ts';
import type { Plain } from './document-fields.ts';
import { completeInit, initRequest } from './init.ts';
import { completeJoin, joinRequest } from './join.ts';
import { anyNode } from './node-facts.ts';
import { completeReset, resetRequest } from './reset.ts';
import type { InitConfig, NodeRegistration } from './types.ts';
import { upgradeRequest } from './upgrade.ts';

const token = 'abcdef.0123456789abcdef';

/** The configuration that `config print init-defaults` shows, with kubeadm's stand-ins for what only a host knows. */
export function defaultInit(release: Release, hostname: string): InitConfig {
  const { printedDefaults } = release.configApi;
  const version = parseVersion(`v1.${release.version.minor}.0`);
  const request = initRequest({ flags: { apiserverAdvertiseAddress: '1.2.3.4', token } });
  const facts = { ...anyNode, hostname: printedDefaults.nodeName ?? hostname };
  const config = completeInit(request, { facts, version, newToken: () => token });
  return { ...config, bootstrapTokens: config.bootstrapTokens.map(({ description: _, ...own }) => own) };
}

/** `config print init-defaults`: InitConfiguration and ClusterConfiguration. */
export function initDefaults(release: Release, hostname: string): readonly Plain[] {
  const { write, printedDefaults } = release.configApi;
  const config = defaultInit(release, hostname);
  const nodeRegistration = printedDefaults.taints
    ? withTaints(config.nodeRegistration, release)
    : config.nodeRegistration;
  const kubernetesVersion = `${printedDefaults.versionPrefix}1.${release.version.minor}.0`;
  return [
    initConfigurationDocument({ ...config, nodeRegistration }, write),
    clusterConfigurationDocument({ ...config.cluster, kubernetesVersion }, write),
  ];
}

/** `config print join-defaults`: JoinConfiguration. */
export function joinDefaults(release: Release, hostname: string): readonly Plain[] {
  const request = joinRequest({
    flags: { token, discoveryTokenUnsafeSkipCaVerification: true },
    endpoint: `kube-apiserver:${apiServerPort}`,
  });
  const config = completeJoin(request, { facts: { ...anyNode, hostname }, version: release.version });
  return [joinConfigurationDocument(config, release.configApi.write)];
}

/** `config print reset-defaults`: ResetConfiguration. Throws KinitError for versions that had none. */
export function resetDefaults(release: Release): readonly Plain[] {
  needV1Beta4(release, 'ResetConfiguration');
  const config = completeReset(resetRequest({ flags: {} }), { facts: anyNode, version: release.version });
  return [resetConfigurationDocument(config)];
}

/** `config print upgrade-defaults`: UpgradeConfiguration. Throws KinitError for versions that had none. */
export function upgradeDefaults(release: Release): readonly Plain[] {
  needV1Beta4(release, 'UpgradeConfiguration');
  return [upgradeConfigurationDocument(upgradeRequest({ flags: {}, command: 'apply' }))];
}

/** With the taints that a control plane gets, spelled out. */
export function withTaints(node: NodeRegistration, release: Release): NodeRegistration {
  return { ...node, taints: node.taints ?? release.node.controlPlaneTaints };
}

function needV1Beta4({ configApi, version }: Release, kind: string): void {
  if (configApi.write === 'v1beta4') return;
  throw new KinitError(`kubeadm ${version.text} has no ${kind}: it came with v1.31 and kubeadm.k8s.io/v1beta4`, {
    exitCode: exitCodes.badInput,
    hint: 'print it for a newer version: --kubernetes-version v1.31.0',
  });
}
