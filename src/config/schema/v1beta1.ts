import { argumentMap, document, list, object, optional } from './fields.ts';
import * as part from './parts.ts';
import { v1beta2 } from './v1beta2.ts';
import { joinFields } from './v1beta3.ts';

const { name, criSocket, taints } = part.nodeRegistrationFields;
const nodeRegistration = object({ name, criSocket, taints, kubeletExtraArgs: optional(argumentMap) });

/**
 * kubeadm.k8s.io/v1beta1 (v1.13 to v1.21), field by field: v1beta2 without certificate keys and errors to ignore
 * (kubeadm v1.20.2 app/apis/kubeadm/v1beta1/types.go).
 */
export const v1beta1 = {
  InitConfiguration: document({
    bootstrapTokens: list(part.bootstrapToken),
    nodeRegistration: optional(nodeRegistration),
    localAPIEndpoint: optional(part.apiEndpoint),
  }),
  ClusterConfiguration: v1beta2.ClusterConfiguration,
  JoinConfiguration: document({
    ...joinFields,
    controlPlane: optional(object({ localAPIEndpoint: optional(part.apiEndpoint) })),
    nodeRegistration: optional(nodeRegistration),
  }),
};
