import { InputError } from '../errors.ts';
import type { WrittenApiVersion } from '../release/config-api.ts';
import { type Release, releaseFor } from '../release/release.ts';
import { newestVersion } from '../release/served.ts';
import { parseVersion } from '../release/version.ts';
import {
  clusterConfigurationDocument,
  initConfigurationDocument,
  joinConfigurationDocument,
  resetConfigurationDocument,
  upgradeConfigurationDocument,
} from './convert.ts';
import type { Plain } from './document-fields.ts';
import type { ConfigFile } from './documents.ts';
import { completeInit, initRequest } from './init.ts';
import { completeJoin, joinRequest } from './join.ts';
import type { NodeFacts } from './node-facts.ts';
import { withTaints } from './printed-defaults.ts';
import { completeReset, resetRequest } from './reset.ts';
import { upgradeRequest } from './upgrade.ts';

export interface MigrateGiven {
  /** The kubeadm that writes: its API version, and its defaults for what no Kubernetes version is named in. */
  readonly release: Release;
  readonly facts: NodeFacts;
  readonly newToken: () => string;
  readonly warn: (message: string) => void;
  /** The documents are only looked at: their API version has to be one that the version they name takes. */
  readonly validates?: boolean;
}

/**
 * The documents of a file in another API version, defaulted and validated as kubeadm would read them; a missing half of
 * InitConfiguration and ClusterConfiguration is written too. Other documents are left out, as by kubeadm.
 * Throws InputError.
 */
export function migrate(documents: ConfigFile, given: MigrateGiven): readonly Plain[] {
  const { release, facts, warn } = given;
  const { version } = release;
  const apiVersion = release.configApi.write;
  const migrated: Plain[] = [];
  if (documents.init || documents.cluster) migrated.push(...migrateInit(documents, given));
  if (documents.join) {
    const config = completeJoin(joinRequest({ documents, flags: {}, discoveryFollows: true, converts: true }), {
      facts,
      version,
      warn,
    });
    // As kubeadm's SetJoinDynamicDefaults: the taint is a control plane's.
    const nodeRegistration = config.controlPlane
      ? withTaints(config.nodeRegistration, release)
      : config.nodeRegistration;
    migrated.push(joinConfigurationDocument({ ...config, nodeRegistration }, apiVersion));
  }
  if (documents.reset) {
    needV1Beta4(apiVersion, documents.reset.placeOf(['kind']));
    migrated.push(
      resetConfigurationDocument(completeReset(resetRequest({ documents, flags: {} }), { facts, version, warn })),
    );
  }
  if (documents.upgrade) {
    needV1Beta4(apiVersion, documents.upgrade.placeOf(['kind']));
    migrated.push(upgradeConfigurationDocument(upgradeRequest({ documents, flags: {}, command: 'apply' })));
  }
  if (migrated.length === 0)
    throw new InputError([{ place: documents.file, message: 'holds no configuration of kubeadm' }]);
  return migrated;
}

/** Says which documents `migrate` leaves out. */
export function warnOfLeftOut({ kubelet, kubeProxy, inventory }: ConfigFile, warn: (message: string) => void): void {
  for (const part of [kubelet, kubeProxy, inventory]) {
    if (part) warn(`${part.placeOf(['kind'])}: left out; keep this document as it is`);
  }
}

/** Every document of a file checked as the command that takes it would. Throws InputError. */
export function validate(documents: ConfigFile, given: Omit<MigrateGiven, 'release'>): void {
  migrate(documents, { ...given, release: releaseFor(parseVersion(newestVersion)), validates: true });
}

function migrateInit(documents: ConfigFile, given: MigrateGiven): readonly Plain[] {
  const { release, facts, newToken, warn, validates = false } = given;
  const request = initRequest({ documents, flags: {}, converts: !validates });
  const wished = request.version;
  const version = wished && 'exact' in wished ? wished.exact : release.version;
  // A file that names no version has been looked at as far as that goes: the version is the host's.
  const config = completeInit({ ...request, writtenIn: [] }, { facts, version, newToken, warn });
  const nodeRegistration = withTaints(config.nodeRegistration, releaseFor(version));
  const kubernetesVersion = wished && 'label' in wished ? wished.label : version.text;
  const apiServer = {
    ...config.cluster.apiServer,
    timeoutForControlPlane: config.timeouts.controlPlaneComponentHealthCheck,
  };
  const apiVersion = release.configApi.write;
  return [
    initConfigurationDocument({ ...config, nodeRegistration }, apiVersion),
    clusterConfigurationDocument({ ...config.cluster, apiServer, kubernetesVersion }, apiVersion),
  ];
}

function needV1Beta4(apiVersion: WrittenApiVersion, place: string): void {
  if (apiVersion !== 'v1beta4')
    throw new InputError([{ place, message: `kubeadm.k8s.io/${apiVersion} has no such kind` }]);
}
