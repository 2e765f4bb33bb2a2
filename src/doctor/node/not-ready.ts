import { isReady, readyMessage } from '../../kube/node.ts';
import { trouble } from '../finding.ts';
import type { Rule } from '../rule.ts';

/** What the cluster says of the node where nothing else is found on its host. */
export const notReady: Rule = {
  symptom: true,
  check: ({ beyond, nodeName }) => {
    const node = beyond.api?.node;
    if (node === undefined || isReady(node)) return [];
    return [
      trouble('NotReady', `the node ${nodeName} is not Ready`, {
        evidence: readyMessage(node),
        mend: `kubectl describe node ${nodeName}; journalctl -u kubelet -n 50 on the host`,
      }),
    ];
  },
};
