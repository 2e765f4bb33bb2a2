import { seconds } from '../config/duration.ts';
import type { Change } from '../execute/change.ts';
import { kubeletUnchecked } from '../release/lines.ts';
import { manifestsDirectory } from '../release/paths.ts';
import { kubeletHealthzPort } from '../release/ports.ts';
import { bracketed, componentWaits, told } from './component-waits.ts';
import type { ControlPlaneContext } from './context.ts';
import type { Phase } from './phase.ts';

/** Until the kubelet and the components of the control plane say that they are healthy. */
export const waitControlPlane: Phase<ControlPlaneContext> = {
  name: 'wait-control-plane',
  title: 'Control plane healthy',
  reads: () => ({}),
  desired: (context): readonly Change[] => {
    const { config, release } = context;
    const { timeouts } = config;
    const kubelet = seconds(timeouts.kubeletHealthCheck);
    const healthz = kubeletHealthz(config.kubelet.object);
    const { lines } = release;
    return [
      {
        kind: 'note',
        text: lines.bootUp(manifestsDirectory, timeouts.controlPlaneComponentHealthCheck),
      },
      ...(healthz === undefined
        ? lines.kubelet.waiting === undefined
          ? []
          : [{ kind: 'note', text: kubeletUnchecked } satisfies Change]
        : [
            {
              kind: 'wait',
              until: { on: 'http', what: `a healthy kubelet at ${healthz}`, url: healthz },
              deadline: kubelet,
              advice: 'look at `systemctl status kubelet` and `journalctl -xeu kubelet` on the host',
              ...told(lines.kubelet, healthz, timeouts.kubeletHealthCheck),
            } satisfies Change,
          ]),
      ...componentWaits(context),
    ];
  },
};

/** kubeadm: port 0 switches the kubelet's check off. */
function kubeletHealthz(kubelet: Readonly<Record<string, unknown>>): string | undefined {
  const port = kubelet['healthzPort'] ?? kubeletHealthzPort;
  const address = kubelet['healthzBindAddress'] ?? '127.0.0.1';
  return port === 0 ? undefined : `http://${bracketed(String(address))}:${String(port)}/healthz`;
}
