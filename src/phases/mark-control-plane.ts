import { nodeMarkLines, nodeMarks } from '../manifests/node-marks.ts';
import type { ControlPlaneContext } from './context.ts';
import type { Phase } from './phase.ts';

/** Labels and taints of a control-plane node. */
export const markControlPlane: Phase<ControlPlaneContext> = {
  name: 'mark-control-plane',
  title: 'Node marked as control plane',
  reads: ({ config }) => ({ objects: [{ apiVersion: 'v1', kind: 'Node', name: config.nodeRegistration.name }] }),
  desired: ({ config, release }) => {
    const { name } = config.nodeRegistration;
    const marks = nodeMarks(config.nodeRegistration, release);
    const { labels, taints } = marks;
    const says = nodeMarkLines(name, marks, release).join('\n');
    return [{ kind: 'node', name, labels, annotations: {}, taints, says }];
  },
};
