import { bootstrapKubeletConf, kubeletConf } from '../../release/paths.ts';
import { trouble } from '../finding.ts';
import type { Rule } from '../rule.ts';

/** A join whose token the cluster does not know (any more): its kubelet waits or ends, by its version. */
export const tokenRefused: Rule = {
  check: ({ isNode, isJoining, kubeletLog }) => {
    const line = kubeletLog.findLast((one) => /Unauthorized|certificatesigningrequests.*forbidden/i.test(one));
    if (isNode || !isJoining || line === undefined) return [];
    return [
      trouble('TokenRefused', 'the join does not come through: the cluster refuses its token, which may have expired', {
        evidence: line,
        mend: anew,
      }),
    ];
  },
};

/** A join that has not come to its end: the kubelet has no certificate of its own yet. */
export const joinUnfinished: Rule = {
  unless: ['KubeletStopped', 'KubeletFails', 'RuntimeStopped', 'CRI', 'WrongApiAddress', 'TokenRefused'],
  check: ({ isNode, isJoining, kubeletLog }) => {
    if (isNode || !isJoining) return [];
    const line = kubeletLog.findLast((one) => /bootstrap|certificate|csr|connect/i.test(one));
    return [
      trouble('JoinUnfinished', 'the join does not come through: the kubelet waits for its certificate', {
        evidence: line ?? `${bootstrapKubeletConf} is there, ${kubeletConf} is not`,
        mend: anew,
      }),
    ];
  },
};

const anew =
  'kinit reset here, then join again with a new token: kinit join --host HOST --control-plane-host CONTROL-PLANE';

/** Nothing on the host belongs to a cluster. */
export const noNode: Rule = {
  check: ({ isNode, isJoining, resident }) =>
    isNode || isJoining || resident.isControlPlane
      ? []
      : [
          trouble('NoNode', 'the host is no node of a cluster', {
            evidence: `there is no ${kubeletConf}`,
            mend: 'kinit up --config FILE, or kinit join',
          }),
        ],
};

/** The cluster has no node of its name. */
export const nodeUnknown: Rule = {
  symptom: true,
  check: ({ isNode, beyond, nodeName }) =>
    !isNode || beyond.api === undefined || beyond.api.node !== undefined
      ? []
      : [
          trouble('NodeUnknown', `the cluster has no node ${nodeName}`, {
            evidence: `kubectl get node ${nodeName}: not found`,
            mend: 'systemctl restart kubelet registers it; where it was removed: kinit reset, and join again',
          }),
        ],
};
