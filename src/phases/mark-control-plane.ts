import { nodeMarks } from '../manifests/node-marks.ts';
import type { InitContext } from './context.ts';
import type { Phase } from './phase.ts';

/** Labels and taints of a control-plane node. */
export const markControlPlane: Phase<InitContext> = {
  name: 'mark-control-plane',
  title: 'Node marked as control plane',
  reads: ({ config }) => ({ objects: [{ apiVersion: 'v1', kind: 'Node', name: config.nodeRegistration.name }] }),
  desired: ({ config, release }) => {
    const { labels, taints } = nodeMarks(config.nodeRegistration, release);
    const { name } = config.nodeRegistration;
    const says = [
      `[mark-control-plane] Marking the node ${name} as control-plane by adding the labels: [${Object.keys(labels).join(' ')}]`,
      ...(taints.length === 0
        ? []
        : [
            `[mark-control-plane] Marking the node ${name} as control-plane by adding the taints [${taints
              .map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`)
              .join(' ')}]`,
          ]),
    ].join('\n');
    return [{ kind: 'node', name, labels, annotations: {}, taints, says }];
  },
};
