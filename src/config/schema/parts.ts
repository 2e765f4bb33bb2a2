import * as z from 'zod';
import { duration, flag, integer, list, object, optional, text, texts, time } from './fields.ts';

export const bootstrapToken = object({
  token: optional(text),
  description: optional(text),
  ttl: optional(duration),
  expires: optional(time),
  usages: optional(texts),
  groups: optional(texts),
});

export const apiEndpoint = object({ advertiseAddress: optional(text), bindPort: optional(integer) });

export const taint = object({
  key: text,
  value: optional(text),
  effect: text,
  timeAdded: optional(time),
});

export const hostPathMount = object({
  name: text,
  hostPath: text,
  mountPath: text,
  readOnly: optional(flag),
  pathType: optional(text),
});

export const argument = object({ name: text, value: optional(text) });

/** core/v1 EnvVar; what a value may come from is the kubelet's business. */
export const envVar = object({ name: text, value: optional(text), valueFrom: optional(z.record(text, z.unknown())) });

export const networking = object({
  serviceSubnet: optional(text),
  podSubnet: optional(text),
  dnsDomain: optional(text),
});

export const patches = object({ directory: optional(text) });

export const timeouts = object({
  controlPlaneComponentHealthCheck: optional(duration),
  kubeletHealthCheck: optional(duration),
  kubernetesAPICall: optional(duration),
  etcdAPICall: optional(duration),
  tlsBootstrap: optional(duration),
  discovery: optional(duration),
  upgradeManifests: optional(duration),
});

export const externalEtcdFields = {
  endpoints: optional(texts),
  caFile: optional(text),
  certFile: optional(text),
  keyFile: optional(text),
};

export const localEtcdFields = {
  imageRepository: optional(text),
  imageTag: optional(text),
  dataDir: optional(text),
  serverCertSANs: optional(texts),
  peerCertSANs: optional(texts),
};

export const imageFields = { imageRepository: optional(text), imageTag: optional(text) };

export const nodeRegistrationFields = {
  name: optional(text),
  criSocket: optional(text),
  taints: list(taint),
  ignorePreflightErrors: optional(texts),
};

export const discoveryFields = {
  bootstrapToken: optional(
    object({
      token: optional(text),
      apiServerEndpoint: optional(text),
      caCertHashes: optional(texts),
      unsafeSkipCAVerification: optional(flag),
    }),
  ),
  file: optional(object({ kubeConfigPath: optional(text) })),
  tlsBootstrapToken: optional(text),
};

export const joinControlPlane = object({ localAPIEndpoint: optional(apiEndpoint), certificateKey: optional(text) });

/** Fields of ClusterConfiguration that never changed. */
export const clusterFields = {
  networking: optional(networking),
  kubernetesVersion: optional(text),
  controlPlaneEndpoint: optional(text),
  certificatesDir: optional(text),
  imageRepository: optional(text),
  featureGates: optional(z.record(text, flag)),
  clusterName: optional(text),
};
