import { defined } from '../defined.ts';
import type { WrittenApiVersion } from '../release/config-api.ts';
import type { Release } from '../release/release.ts';
import { knownAuthorizationModes } from './authorization-modes.ts';
import { clusterFields, nodeRegistrationFields, type Plain, tokenFields } from './document-fields.ts';
import { clusterToV1Beta2, clusterToV1Beta3, joinToV1Beta3, nodeToV1Beta2, nodeToV1Beta3 } from './from-v1beta4.ts';
import type {
  ClusterConfiguration,
  InitConfig,
  JoinConfig,
  ResetConfig,
  UpgradeConfig,
  UpgradeNode,
  UpgradePlan,
} from './types.ts';

/**
 * ClusterConfiguration as a document of an API version, with the fields that kubeadm prints when it fills in every default.
 * What an older version has no word for is left out. `unknown` is laid below, for what another tool stored there.
 */
export function clusterConfigurationDocument(
  cluster: ClusterConfiguration,
  apiVersion: WrittenApiVersion,
  unknown: Plain = {},
): Plain {
  const v1beta4 = clusterFields(cluster);
  const fields =
    apiVersion === 'v1beta4' ? v1beta4 : clusterToV1Beta3(v1beta4, cluster.apiServer.timeoutForControlPlane);
  const own = apiVersion === 'v1beta2' ? clusterToV1Beta2(fields) : fields;
  return { ...(merge(unknown, own) as Plain), ...typeMeta('ClusterConfiguration', apiVersion) };
}

/**
 * ClusterConfiguration exactly as the kubeadm of the release stores it in the ConfigMap kubeadm-config: in the version that
 * it can read, and up to v1.29 with the API server's authorization-mode spelled out.
 */
export function storedClusterDocument(cluster: ClusterConfiguration, release: Release, unknown: Plain = {}): Plain {
  const { write, storesAuthorizationMode } = release.configApi;
  if (!storesAuthorizationMode) return clusterConfigurationDocument(cluster, write, unknown);
  const { apiServer } = cluster;
  const given = apiServer.extraArgs.findLast(({ name }) => name === 'authorization-mode')?.value ?? '';
  const extraArgs = [...apiServer.extraArgs, { name: 'authorization-mode', value: knownAuthorizationModes(given) }];
  return clusterConfigurationDocument({ ...cluster, apiServer: { ...apiServer, extraArgs } }, write, unknown);
}

/** InitConfiguration as a document of an API version. */
export function initConfigurationDocument(config: InitConfig, apiVersion: WrittenApiVersion): Plain {
  const fields = {
    bootstrapTokens: config.bootstrapTokens.map(tokenFields),
    ...defined({ certificateKey: config.certificateKey }),
    localAPIEndpoint: { ...config.localAPIEndpoint },
    ...nodeFields(config),
  };
  return { ...older(fields, apiVersion), ...typeMeta('InitConfiguration', apiVersion) };
}

/** JoinConfiguration as a document of an API version. */
export function joinConfigurationDocument(config: JoinConfig, apiVersion: WrittenApiVersion): Plain {
  const { caCertPath, discovery, controlPlane } = config;
  const fields = {
    caCertPath,
    discovery: discoveryFields(discovery),
    ...(controlPlane
      ? { controlPlane: { ...controlPlane, localAPIEndpoint: { ...controlPlane.localAPIEndpoint } } }
      : {}),
    ...nodeFields(config),
  };
  const own = apiVersion === 'v1beta4' ? fields : joinToV1Beta3(fields, config.timeouts.discovery);
  return { ...older(own, apiVersion), ...typeMeta('JoinConfiguration', apiVersion) };
}

/** ResetConfiguration, which only v1beta4 has. */
export function resetConfigurationDocument(config: ResetConfig): Plain {
  const { certificatesDir, criSocket, timeouts, ...rest } = config;
  return {
    ...withoutEmpty(rest),
    certificatesDir,
    criSocket,
    timeouts: { ...timeouts },
    ...typeMeta('ResetConfiguration', 'v1beta4'),
  };
}

/** UpgradeConfiguration, which only v1beta4 has. */
export function upgradeConfigurationDocument(config: UpgradeConfig): Plain {
  const { apply, node, plan, diff, timeouts } = config;
  return {
    apply: { ...upgradePlan(apply), ...upgradeNode(apply), ...withoutEmpty({ forceUpgrade: apply.forceUpgrade }) },
    diff: withoutEmpty({ kubernetesVersion: diff.kubernetesVersion, contextLines: diff.contextLines }),
    node: upgradeNode(node),
    plan: upgradePlan(plan),
    timeouts: { ...timeouts },
    ...typeMeta('UpgradeConfiguration', 'v1beta4'),
  };
}

function upgradePlan({ etcdUpgrade, ...rest }: UpgradePlan): Plain {
  const { kubernetesVersion, allowExperimentalUpgrades, allowRCUpgrades, dryRun, ignorePreflightErrors, printConfig } =
    rest;
  const given = {
    kubernetesVersion,
    allowExperimentalUpgrades,
    allowRCUpgrades,
    dryRun,
    ignorePreflightErrors,
    printConfig,
  };
  return { ...withoutEmpty(given), etcdUpgrade };
}

function upgradeNode(node: UpgradeNode): Plain {
  const {
    certificateRenewal,
    etcdUpgrade,
    imagePullPolicy,
    imagePullSerial,
    dryRun,
    ignorePreflightErrors,
    skipPhases,
  } = node;
  const patches = node.patchesDirectory === undefined ? undefined : { directory: node.patchesDirectory };
  return {
    ...withoutEmpty({ dryRun, ignorePreflightErrors, skipPhases, patches }),
    certificateRenewal,
    etcdUpgrade,
    imagePullPolicy,
    imagePullSerial,
  };
}

function nodeFields(
  config: Pick<InitConfig, 'nodeRegistration' | 'skipPhases' | 'patchesDirectory' | 'timeouts'>,
): Plain {
  return {
    nodeRegistration: nodeRegistrationFields(config.nodeRegistration),
    ...(config.skipPhases.length > 0 ? { skipPhases: config.skipPhases } : {}),
    ...(config.patchesDirectory === undefined ? {} : { patches: { directory: config.patchesDirectory } }),
    timeouts: { ...config.timeouts },
  };
}

function discoveryFields(discovery: JoinConfig['discovery']): Plain {
  if (discovery.file)
    return { file: { ...discovery.file }, ...withoutEmpty({ tlsBootstrapToken: discovery.tlsBootstrapToken }) };
  const { token, apiServerEndpoint, caCertHashes, unsafeSkipCAVerification } = discovery.bootstrapToken;
  return {
    bootstrapToken: { ...withoutEmpty({ apiServerEndpoint, caCertHashes, unsafeSkipCAVerification }), token },
    tlsBootstrapToken: discovery.tlsBootstrapToken,
  };
}

function older(fields: Plain, apiVersion: WrittenApiVersion): Plain {
  if (apiVersion === 'v1beta4') return fields;
  return apiVersion === 'v1beta3' ? nodeToV1Beta3(fields) : nodeToV1Beta2(nodeToV1Beta3(fields));
}

function typeMeta(kind: string, version: WrittenApiVersion): Plain {
  return { apiVersion: `kubeadm.k8s.io/${version}`, kind };
}

/** Go's omitempty: no false, nothing empty, no zero. */
function withoutEmpty(fields: Plain): Plain {
  const kept = Object.entries(fields).filter(
    ([, value]) => Boolean(value) && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept);
}

/** `over` laid on `under`, mapping by mapping. */
function merge(under: unknown, over: unknown): unknown {
  if (!isMapping(under) || !isMapping(over)) return over === undefined ? under : over;
  const names = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries([...names].map((name) => [name, merge(under[name], over[name])]));
}

function isMapping(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
