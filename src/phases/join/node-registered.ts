import { seconds } from '../../config/duration.ts';
import type { Change } from '../../execute/change.ts';
import { nodeMarks } from '../../manifests/node-marks.ts';
import type { JoinContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';

/** Until the cluster knows the node; its CRI socket is noted on it where the release does so. */
export const nodeRegistered: Phase<JoinContext> = {
  name: 'node-registered',
  title: 'Node registered',
  reads: ({ config }) => ({ objects: [{ apiVersion: 'v1', kind: 'Node', name: config.nodeRegistration.name }] }),
  desired: (context, observed): readonly Change[] => {
    const { config } = context;
    const { name } = config.nodeRegistration;
    const annotations = registrationMarks(context);
    const ref = { apiVersion: 'v1', kind: 'Node', name };
    return [
      ...(observed.objects.has(`Node//${name}`)
        ? []
        : [
            {
              kind: 'wait',
              until: { on: 'object', what: `node ${name} to register`, ref, ready: 'exists' },
              deadline: seconds(config.timeouts.tlsBootstrap),
              advice: 'look at `journalctl -xeu kubelet` on the host',
            } satisfies Change,
          ]),
      ...(Object.keys(annotations).length === 0
        ? []
        : [{ kind: 'node', name, labels: {}, annotations, taints: [] } satisfies Change]),
    ];
  },
};

/** The annotations that the node itself puts on its Node: none where the release keeps the CRI socket elsewhere. */
export function registrationMarks({ config, cluster, release }: JoinContext): Readonly<Record<string, string>> {
  return nodeMarks(config.nodeRegistration, release, cluster.featureGates).annotations;
}
