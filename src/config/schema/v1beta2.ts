import { argumentMap, document, flag, list, object, optional, text } from './fields.ts';
import * as part from './parts.ts';
import { clusterFields, joinFields } from './v1beta3.ts';

const nodeRegistration = object({ ...part.nodeRegistrationFields, kubeletExtraArgs: optional(argumentMap) });

/** kubeadm.k8s.io/v1beta2 (v1.15 to v1.26), field by field. */
export const v1beta2 = {
  InitConfiguration: document({
    bootstrapTokens: list(part.bootstrapToken),
    nodeRegistration: optional(nodeRegistration),
    localAPIEndpoint: optional(part.apiEndpoint),
    certificateKey: optional(text),
  }),
  ClusterConfiguration: document({
    ...clusterFields,
    dns: optional(object({ ...part.imageFields, type: optional(text) })),
    useHyperKubeImage: optional(flag),
  }),
  JoinConfiguration: document({ ...joinFields, nodeRegistration: optional(nodeRegistration) }),
};
