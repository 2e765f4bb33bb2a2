import { defined } from '../defined.ts';
import type {
  Arg,
  BootstrapToken,
  ClusterConfiguration,
  ControlPlaneComponent,
  Etcd,
  NodeRegistration,
} from './types.ts';

/** An object that is going to be YAML. */
export type Plain = Readonly<Record<string, unknown>>;

/** Fields of v1beta4's ClusterConfiguration, with those that are empty left out as Go does. */
export function clusterFields(cluster: ClusterConfiguration): Plain {
  const { networking, dns, proxy, apiServer } = cluster;
  return {
    apiServer: { ...componentFields(apiServer), ...list('certSANs', apiServer.certSANs) },
    caCertificateValidityPeriod: cluster.caCertificateValidityPeriod,
    certificateValidityPeriod: cluster.certificateValidityPeriod,
    certificatesDir: cluster.certificatesDir,
    clusterName: cluster.clusterName,
    ...defined({ controlPlaneEndpoint: cluster.controlPlaneEndpoint }),
    controllerManager: componentFields(cluster.controllerManager),
    dns: { ...imageFields(dns), ...(dns.disabled ? { disabled: true } : {}) },
    encryptionAlgorithm: cluster.encryptionAlgorithm,
    etcd: etcdFields(cluster.etcd),
    ...(Object.keys(cluster.featureGates).length > 0 ? { featureGates: { ...cluster.featureGates } } : {}),
    imageRepository: cluster.imageRepository,
    kubernetesVersion: cluster.kubernetesVersion,
    networking: {
      dnsDomain: networking.dnsDomain,
      ...defined({ podSubnet: networking.podSubnet }),
      serviceSubnet: networking.serviceSubnet,
    },
    proxy: proxy.disabled ? { disabled: true } : {},
    scheduler: componentFields(cluster.scheduler),
  };
}

/** Fields of v1beta4's NodeRegistrationOptions; `taints` is printed even where there are none. */
export function nodeRegistrationFields(node: NodeRegistration): Plain {
  return {
    criSocket: node.criSocket,
    ...list('ignorePreflightErrors', node.ignorePreflightErrors),
    imagePullPolicy: node.imagePullPolicy,
    imagePullSerial: node.imagePullSerial,
    ...list('kubeletExtraArgs', node.kubeletExtraArgs),
    name: node.name,
    taints: node.taints ?? null,
  };
}

/** Fields of a bootstrap token, the same in every version. */
export function tokenFields({ token, description, ttl, expires, usages, groups }: BootstrapToken): Plain {
  return {
    token,
    ...defined({ description, ttl, expires }),
    usages,
    groups,
  };
}

function componentFields({ extraArgs, extraVolumes, extraEnvs }: ControlPlaneComponent): Plain {
  return { ...list('extraArgs', extraArgs), ...list('extraVolumes', extraVolumes), ...list('extraEnvs', extraEnvs) };
}

function etcdFields({ local, external }: Etcd): Plain {
  if (external) {
    const { endpoints, httpEndpoints, caFile, certFile, keyFile } = external;
    return { external: { endpoints, ...defined({ httpEndpoints }), caFile, certFile, keyFile } };
  }
  return {
    local: {
      ...imageFields(local),
      dataDir: local.dataDir,
      ...list('extraArgs', local.extraArgs),
      ...list('extraEnvs', local.extraEnvs),
      ...list('serverCertSANs', local.serverCertSANs),
      ...list('peerCertSANs', local.peerCertSANs),
    },
  };
}

function imageFields({
  imageRepository,
  imageTag,
}: {
  readonly imageRepository?: string;
  readonly imageTag?: string;
}): Plain {
  return { ...defined({ imageRepository, imageTag }) };
}

function list(name: string, values: readonly (string | Arg | object)[]): Plain {
  return values.length > 0 ? { [name]: values } : {};
}
