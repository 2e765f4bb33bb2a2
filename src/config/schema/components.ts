import * as z from 'zod';
import { flag, integer, optional, switches, text, texts } from './fields.ts';

/** What kubeadm itself reads or fills in; every other field is the kubelet's business. */
export const kubeletConfiguration = z.looseObject({
  apiVersion: z.literal('kubelet.config.k8s.io/v1beta1'),
  kind: z.literal('KubeletConfiguration'),
  authentication: optional(
    z.looseObject({
      anonymous: optional(z.looseObject({ enabled: optional(flag) })),
      webhook: optional(z.looseObject({ enabled: optional(flag) })),
      x509: optional(z.looseObject({ clientCAFile: optional(text) })),
    }),
  ),
  authorization: optional(z.looseObject({ mode: optional(text), webhook: optional(z.looseObject({})) })),
  cgroupDriver: optional(text),
  clusterDNS: optional(texts),
  clusterDomain: optional(text),
  containerRuntimeEndpoint: optional(text),
  featureGates: optional(switches),
  healthzBindAddress: optional(text),
  healthzPort: optional(integer),
  logging: optional(z.looseObject({})),
  memorySwap: optional(z.looseObject({})),
  readOnlyPort: optional(integer),
  resolvConf: optional(text),
  rotateCertificates: optional(flag),
  staticPodPath: optional(text),
});

/** What kubeadm itself reads or fills in; every other field is kube-proxy's business. */
export const kubeProxyConfiguration = z.looseObject({
  apiVersion: z.literal('kubeproxy.config.k8s.io/v1alpha1'),
  kind: z.literal('KubeProxyConfiguration'),
  bindAddress: optional(text),
  clientConnection: optional(z.looseObject({ kubeconfig: optional(text) })),
  clusterCIDR: optional(text),
  conntrack: optional(z.looseObject({})),
  detectLocal: optional(z.looseObject({})),
  featureGates: optional(switches),
  iptables: optional(z.looseObject({})),
  ipvs: optional(z.looseObject({})),
  logging: optional(z.looseObject({})),
  mode: optional(text),
  nftables: optional(z.looseObject({})),
  winkernel: optional(z.looseObject({})),
});
