import { seconds } from '../config/duration.ts';
import type { Change } from '../execute/change.ts';
import type { InitContext } from './context.ts';
import { manifestsDirectory } from './paths.ts';
import type { Phase } from './phase.ts';

/** Until the kubelet and the components of the control plane say that they are healthy. */
export const waitControlPlane: Phase<InitContext> = {
  name: 'wait-control-plane',
  title: 'Control plane healthy',
  reads: () => ({}),
  desired: ({ config, release }): readonly Change[] => {
    const { timeouts, localAPIEndpoint } = config;
    const kubelet = seconds(timeouts.kubeletHealthCheck);
    const components = seconds(timeouts.controlPlaneComponentHealthCheck);
    const healthz = kubeletHealthz(config.kubelet.object);
    return [
      {
        kind: 'note',
        text: `[wait-control-plane] Waiting for the kubelet to boot up the control plane as static Pods from directory "${manifestsDirectory}"`,
      },
      ...(healthz === undefined
        ? []
        : [
            {
              kind: 'wait',
              until: { on: 'http', what: `a healthy kubelet at ${healthz}`, url: healthz },
              deadline: kubelet,
              advice: 'look at `systemctl status kubelet` and `journalctl -xeu kubelet` on the host',
              says: `[kubelet-check] Waiting for a healthy kubelet at ${healthz}. This can take up to ${timeouts.kubeletHealthCheck}`,
            } satisfies Change,
          ]),
      ...release.phases.healthChecks.map(
        ({ component, path, port }): Change => ({
          kind: 'wait',
          until:
            component === 'kube-apiserver'
              ? { on: 'api', what: `a healthy kube-apiserver at ${hostPort(localAPIEndpoint)}`, path }
              : { on: 'http', what: `a healthy ${component}`, url: `https://127.0.0.1:${port}${path}` },
          deadline: components,
          advice: `look at the container with \`crictl --runtime-endpoint ${config.nodeRegistration.criSocket} ps -a | grep ${component}\` and \`crictl logs CONTAINERID\``,
          says: `[control-plane-check] Waiting for ${component}. This can take up to ${timeouts.controlPlaneComponentHealthCheck}`,
        }),
      ),
    ];
  },
};

/** kubeadm: port 0 switches the kubelet's check off. */
function kubeletHealthz(kubelet: Readonly<Record<string, unknown>>): string | undefined {
  const port = kubelet['healthzPort'] ?? 10248;
  const address = kubelet['healthzBindAddress'] ?? '127.0.0.1';
  return port === 0 ? undefined : `http://${bracketed(String(address))}:${String(port)}/healthz`;
}

function hostPort({ advertiseAddress, bindPort }: { advertiseAddress: string; bindPort: number }): string {
  return `https://${bracketed(advertiseAddress)}:${bindPort}`;
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
