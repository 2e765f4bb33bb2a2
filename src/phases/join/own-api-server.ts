import { seconds } from '../../config/duration.ts';
import type { Change } from '../../execute/change.ts';
import { bracketed } from '../component-waits.ts';
import type { JoinControlPlaneContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';

/** Until the new control plane's own API server is ready, whatever the target's kubeadm waits for: the host is led to it next. */
export const ownApiServer: Phase<JoinControlPlaneContext> = {
  name: 'own-way',
  title: 'Own API server ready',
  reads: () => ({}),
  desired: ({ controlPlane: { config } }): readonly Change[] => {
    const { localAPIEndpoint, timeouts, nodeRegistration } = config;
    const { advertiseAddress, bindPort } = localAPIEndpoint;
    const what = `a ready kube-apiserver at https://${bracketed(advertiseAddress)}:${bindPort}`;
    return [
      {
        kind: 'wait',
        until: { on: 'api', what, path: '/readyz' },
        deadline: seconds(timeouts.controlPlaneComponentHealthCheck),
        advice: `look at the container with \`crictl --runtime-endpoint ${nodeRegistration.criSocket} ps -a | grep kube-apiserver\` and \`crictl logs CONTAINERID\``,
      },
    ];
  },
};
