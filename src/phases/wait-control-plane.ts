import { seconds } from '../config/duration.ts';
import type { Change, Condition } from '../execute/change.ts';
import { patched } from '../manifests/patches.ts';
import { staticPods } from '../manifests/static-pods.ts';
import type { HealthCheck } from '../release/phases.ts';
import type { ControlPlaneContext } from './context.ts';
import { manifestsDirectory } from './paths.ts';
import type { Phase } from './phase.ts';

/** Until the kubelet and the components of the control plane say that they are healthy. */
export const waitControlPlane: Phase<ControlPlaneContext> = {
  name: 'wait-control-plane',
  title: 'Control plane healthy',
  reads: () => ({}),
  desired: (context): readonly Change[] => {
    const { config } = context;
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
      ...healthChecks(context).map(
        ({ component, path, port }): Change => ({
          kind: 'wait',
          until:
            component === 'kube-apiserver'
              ? { on: 'api', what: `a healthy kube-apiserver at ${hostPort(localAPIEndpoint)}`, path }
              : healthOf(component, path, port, context),
          deadline: components,
          advice: `look at the container with \`crictl --runtime-endpoint ${config.nodeRegistration.criSocket} ps -a | grep ${component}\` and \`crictl logs CONTAINERID\``,
          says: `[control-plane-check] Waiting for ${component}. This can take up to ${timeouts.controlPlaneComponentHealthCheck}`,
        }),
      ),
    ];
  },
};

/** Which components are waited for, where the configuration may set the gate WaitForAllControlPlaneComponents. */
function healthChecks({ config, release }: ControlPlaneContext): readonly HealthCheck[] {
  const { healthChecks: all, gatedHealthChecks: gated } = release.phases;
  const gate = config.cluster.featureGates['WaitForAllControlPlaneComponents'];
  if (gated === undefined || gate === undefined) return all;
  return gate ? gated.on : gated.off;
}

/** Where its manifest says that it listens, with the user's arguments and patches (kubeadm's getControlPlaneComponentAddressAndPort). */
function healthOf(component: string, path: string, port: number, context: ControlPlaneContext): Condition {
  const manifest = staticPods(context.config, context.release, context).find(({ name }) => name === component);
  const pod = manifest && patched(manifest.name, manifest.pod, context.patches);
  const [container] = (pod?.spec['containers'] ?? []) as readonly { readonly command?: readonly string[] }[];
  const argument = (name: string) =>
    container?.command?.findLast((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  const address = argument('bind-address') ?? '127.0.0.1';
  const host = everywhere[address] ?? address;
  const url = `https://${bracketed(host)}:${argument('secure-port') ?? port}${path}`;
  return { on: 'http', what: `a healthy ${component} at ${url}`, url };
}

/** What listens on every address is asked on the loopback one. */
const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

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
