import { document, duration, flag, integer, list, object, optional, text, texts } from './fields.ts';
import * as part from './parts.ts';

const pullPolicy = { imagePullPolicy: optional(text), imagePullSerial: optional(flag) };

const nodeRegistration = object({
  ...part.nodeRegistrationFields,
  ...pullPolicy,
  kubeletExtraArgs: list(part.argument),
});

const componentFields = {
  extraArgs: list(part.argument),
  extraVolumes: list(part.hostPathMount),
  extraEnvs: list(part.envVar),
};

const nodeFields = {
  dryRun: optional(flag),
  nodeRegistration: optional(nodeRegistration),
  skipPhases: optional(texts),
  patches: optional(part.patches),
  timeouts: optional(part.timeouts),
};

const upgradeNodeFields = {
  ...pullPolicy,
  certificateRenewal: optional(flag),
  dryRun: optional(flag),
  etcdUpgrade: optional(flag),
  ignorePreflightErrors: optional(texts),
  patches: optional(part.patches),
  skipPhases: optional(texts),
};

const upgradePlanFields = {
  kubernetesVersion: optional(text),
  allowExperimentalUpgrades: optional(flag),
  allowRCUpgrades: optional(flag),
  dryRun: optional(flag),
  etcdUpgrade: optional(flag),
  ignorePreflightErrors: optional(texts),
  printConfig: optional(flag),
};

/** kubeadm.k8s.io/v1beta4 (v1.31 and later), field by field. */
export const v1beta4 = {
  InitConfiguration: document({
    ...nodeFields,
    bootstrapTokens: list(part.bootstrapToken),
    localAPIEndpoint: optional(part.apiEndpoint),
    certificateKey: optional(text),
  }),
  ClusterConfiguration: document({
    ...part.clusterFields,
    etcd: optional(
      object({
        local: optional(
          object({ ...part.localEtcdFields, extraArgs: list(part.argument), extraEnvs: list(part.envVar) }),
        ),
        external: optional(object({ ...part.externalEtcdFields, httpEndpoints: optional(texts) })),
      }),
    ),
    apiServer: optional(object({ ...componentFields, certSANs: optional(texts) })),
    controllerManager: optional(object(componentFields)),
    scheduler: optional(object(componentFields)),
    dns: optional(object({ ...part.imageFields, disabled: optional(flag) })),
    proxy: optional(object({ disabled: optional(flag) })),
    encryptionAlgorithm: optional(text),
    certificateValidityPeriod: optional(duration),
    caCertificateValidityPeriod: optional(duration),
  }),
  JoinConfiguration: document({
    ...nodeFields,
    caCertPath: optional(text),
    discovery: optional(object(part.discoveryFields)),
    controlPlane: optional(part.joinControlPlane),
  }),
  ResetConfiguration: document({
    certificatesDir: optional(text),
    cleanupTmpDir: optional(flag),
    criSocket: optional(text),
    dryRun: optional(flag),
    force: optional(flag),
    ignorePreflightErrors: optional(texts),
    skipPhases: optional(texts),
    timeouts: optional(part.timeouts),
    unmountFlags: optional(texts),
  }),
  UpgradeConfiguration: document({
    apply: optional(object({ ...upgradePlanFields, ...upgradeNodeFields, forceUpgrade: optional(flag) })),
    diff: optional(object({ kubernetesVersion: optional(text), contextLines: optional(integer) })),
    node: optional(object(upgradeNodeFields)),
    plan: optional(object(upgradePlanFields)),
    timeouts: optional(part.timeouts),
  }),
};
