import { argumentMap, document, duration, list, object, optional, text, texts } from './fields.ts';
import * as part from './parts.ts';

const nodeFields = {
  nodeRegistration: optional(
    object({
      ...part.nodeRegistrationFields,
      imagePullPolicy: optional(text),
      kubeletExtraArgs: optional(argumentMap),
    }),
  ),
  skipPhases: optional(texts),
  patches: optional(part.patches),
};

const componentFields = { extraArgs: optional(argumentMap), extraVolumes: list(part.hostPathMount) };

/** Fields that v1beta2 has as well. */
export const clusterFields = {
  ...part.clusterFields,
  etcd: optional(
    object({
      local: optional(object({ ...part.localEtcdFields, extraArgs: optional(argumentMap) })),
      external: optional(object(part.externalEtcdFields)),
    }),
  ),
  apiServer: optional(
    object({ ...componentFields, certSANs: optional(texts), timeoutForControlPlane: optional(duration) }),
  ),
  controllerManager: optional(object(componentFields)),
  scheduler: optional(object(componentFields)),
};

/** Fields that v1beta2 has as well. */
export const joinFields = {
  caCertPath: optional(text),
  discovery: optional(object({ ...part.discoveryFields, timeout: optional(duration) })),
  controlPlane: optional(part.joinControlPlane),
};

/** kubeadm.k8s.io/v1beta3 (v1.22 to v1.36), field by field. */
export const v1beta3 = {
  InitConfiguration: document({
    ...nodeFields,
    bootstrapTokens: list(part.bootstrapToken),
    localAPIEndpoint: optional(part.apiEndpoint),
    certificateKey: optional(text),
  }),
  ClusterConfiguration: document({ ...clusterFields, dns: optional(object(part.imageFields)) }),
  JoinConfiguration: document({ ...nodeFields, ...joinFields }),
};
