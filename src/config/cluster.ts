import { defined } from '../defined.ts';
import type { Release } from '../release/release.ts';
import { completeTimeouts, defaults, given, goDuration } from './defaults.ts';
import type { ClusterDocument } from './documents.ts';
import { hostPort, splitHostPort } from './network.ts';
import { completeArguments } from './node-registration.ts';
import { isHostPort } from './rules.ts';
import type {
  APIServer,
  ClusterConfiguration,
  ControlPlaneComponent,
  EncryptionAlgorithm,
  EnvVar,
  Etcd,
  HostPathMount,
} from './types.ts';

export interface ClusterContext {
  readonly release: Release;
  /** The API server's port, which the control-plane endpoint has unless it says otherwise. */
  readonly bindPort: number;
  /** Of the node's `timeouts`; stored with the cluster up to v1beta3. */
  readonly controlPlaneTimeout: string | undefined;
  readonly skipPhases: readonly string[];
}

type ComponentDocument = NonNullable<ClusterDocument['controllerManager']>;
type MountDocument = NonNullable<ComponentDocument['extraVolumes']>[number];
type EnvDocument = NonNullable<ComponentDocument['extraEnvs']>[number];

/** ClusterConfiguration with kubeadm's defaults of the target version. */
export function completeCluster(document: ClusterDocument, context: ClusterContext): ClusterConfiguration {
  const { networking = {}, dns = {}, proxy = {}, featureGates = {} } = document;
  const { release } = context;
  return {
    kubernetesVersion: release.version.text,
    clusterName: given(document.clusterName) ?? defaults.clusterName,
    ...defined({ controlPlaneEndpoint: endpointWithPort(given(document.controlPlaneEndpoint), context.bindPort) }),
    certificatesDir: given(document.certificatesDir) ?? defaults.certificatesDir,
    imageRepository: given(document.imageRepository) ?? release.images.repository,
    networking: {
      serviceSubnet: given(networking.serviceSubnet) ?? defaults.serviceSubnet,
      ...defined({ podSubnet: given(networking.podSubnet) }),
      dnsDomain: given(networking.dnsDomain) ?? defaults.dnsDomain,
    },
    etcd: etcd(document.etcd ?? {}, release),
    apiServer: apiServer(document, context),
    controllerManager: component(document.controllerManager ?? {}),
    scheduler: component(document.scheduler ?? {}),
    dns: {
      ...defined({ imageRepository: given(dns.imageRepository), imageTag: given(dns.imageTag) }),
      disabled: dns.disabled === true || skips(context.skipPhases, 'addon/coredns'),
    },
    proxy: { disabled: proxy.disabled === true || skips(context.skipPhases, 'addon/kube-proxy') },
    featureGates,
    encryptionAlgorithm: (given(document.encryptionAlgorithm) ?? defaults.encryptionAlgorithm) as EncryptionAlgorithm,
    certificateValidityPeriod: goDuration(document.certificateValidityPeriod ?? defaults.certificateValidityPeriod),
    caCertificateValidityPeriod: goDuration(
      document.caCertificateValidityPeriod ?? defaults.caCertificateValidityPeriod,
    ),
  };
}

/** Mounts of host paths, with what is not given left out. */
function mounts(documents: readonly MountDocument[] = []): HostPathMount[] {
  return documents.map(({ name, hostPath, mountPath, readOnly, pathType }) => ({
    name,
    hostPath,
    mountPath,
    ...(readOnly ? { readOnly } : {}),
    ...defined({ pathType: given(pathType) }),
  }));
}

/** As Go keeps a core/v1 EnvVar: no empty value, the API version that a fieldRef defaults to, a divisor always. */
function variables(documents: readonly EnvDocument[] = []): EnvVar[] {
  return documents.map(({ name, value, valueFrom }) => ({
    name,
    ...defined({ value: given(value) }),
    ...(valueFrom === undefined ? {} : { valueFrom: withDefaults(valueFrom) }),
  }));
}

/** v1beta4's SetDefaults_EnvVar; a divisor is no pointer, so that Go prints it where it is not given. */
function withDefaults(source: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { fieldRef, resourceFieldRef } = source;
  return {
    ...source,
    ...(isFields(fieldRef) ? { fieldRef: { ...fieldRef, apiVersion: fieldRef['apiVersion'] || 'v1' } } : {}),
    ...(isFields(resourceFieldRef) ? { resourceFieldRef: { divisor: '0', ...resourceFieldRef } } : {}),
  };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function component({ extraArgs, extraVolumes, extraEnvs }: ComponentDocument): ControlPlaneComponent {
  return {
    extraArgs: completeArguments(extraArgs),
    extraVolumes: mounts(extraVolumes),
    extraEnvs: variables(extraEnvs),
  };
}

function apiServer(
  { apiServer: document = {}, timeoutForControlPlane }: ClusterDocument,
  context: ClusterContext,
): APIServer {
  const stored = context.release.configApi.write !== 'v1beta4';
  const timeout = completeTimeouts(
    { controlPlaneComponentHealthCheck: context.controlPlaneTimeout },
    { controlPlaneComponentHealthCheck: timeoutForControlPlane },
  ).controlPlaneComponentHealthCheck;
  return {
    ...component(document),
    // Load balancers of clouds have names with capitals.
    certSANs: (document.certSANs ?? []).map((name) => name.toLowerCase()),
    ...(stored ? { timeoutForControlPlane: timeout } : {}),
  };
}

function etcd({ local = {}, external }: NonNullable<ClusterDocument['etcd']>, { configApi }: Release): Etcd {
  if (external) {
    const { endpoints = [], httpEndpoints = [], caFile = '', certFile = '', keyFile = '' } = external;
    const http = httpEndpoints.length > 0 ? httpEndpoints : endpoints;
    return {
      external: { endpoints, ...(configApi.httpEndpoints ? { httpEndpoints: http } : {}), caFile, certFile, keyFile },
    };
  }
  return {
    local: {
      ...defined({ imageRepository: given(local.imageRepository), imageTag: given(local.imageTag) }),
      dataDir: given(local.dataDir) ?? defaults.dataDir,
      extraArgs: completeArguments(local.extraArgs),
      extraEnvs: variables(local.extraEnvs),
      serverCertSANs: local.serverCertSANs ?? [],
      peerCertSANs: local.peerCertSANs ?? [],
    },
  };
}

function endpointWithPort(endpoint: string | undefined, bindPort: number): string | undefined {
  const parts = endpoint === undefined || !isHostPort(endpoint) ? undefined : splitHostPort(endpoint);
  return parts?.port === undefined && parts ? hostPort(parts.host, bindPort) : endpoint;
}

/** Skipping the phase of an addon says that the cluster does without it, whatever the file says (manageSkippedAddons). */
function skips(skipPhases: readonly string[], phase: string): boolean {
  return skipPhases.includes('addon') || skipPhases.includes(phase);
}
