import { seconds } from '../config/duration.ts';
import { defined } from '../defined.ts';
import type { Change, WaitChange } from '../execute/change.ts';
import { patched } from '../manifests/patches.ts';
import { staticPods } from '../manifests/static-pods.ts';
import { componentLines, type WaitLines } from '../release/lines.ts';
import type { HealthCheck } from '../release/phases.ts';
import type { ControlPlaneContext } from './context.ts';

/** Waits for the components that the release waits for, with kubeadm's lines. */
export function componentWaits(context: ControlPlaneContext): readonly Change[] {
  const { config, release } = context;
  const { timeouts, localAPIEndpoint } = config;
  const components = seconds(timeouts.controlPlaneComponentHealthCheck);
  const checks = healthChecks(context).map((check) => ({ ...check, url: urlOf(check, context) }));
  const isOnlyApi = checks.length === 1;
  return [
    ...(isOnlyApi
      ? []
      : [
          componentLines.waiting(timeouts.controlPlaneComponentHealthCheck),
          ...checks.map(({ component, url }) => componentLines.checking(component, url)),
        ].map((text): Change => ({ kind: 'note', text }))),
    ...checks.map(
      ({ component, path, url }): Change => ({
        kind: 'wait',
        until:
          component === 'kube-apiserver'
            ? { on: 'api', what: `a healthy kube-apiserver at ${hostPort(localAPIEndpoint)}`, path }
            : { on: 'http', what: `a healthy ${component} at ${url}`, url },
        deadline: components,
        advice: `look at the container with \`crictl --runtime-endpoint ${config.nodeRegistration.criSocket} ps -a | grep ${component}\` and \`crictl logs CONTAINERID\``,
        ...(isOnlyApi
          ? told(release.lines.apiServer, url, timeouts.controlPlaneComponentHealthCheck)
          : { healthy: componentLines.healthy(component), unhealthy: componentLines.unhealthy(component) }),
        ...(component === 'kube-apiserver' && config.cluster.etcd.local ? { needsEtcd: true } : {}),
      }),
    ),
  ];
}

/** Which components are waited for, where the configuration may set the gate WaitForAllControlPlaneComponents. */
export function healthChecks({ config, release }: ControlPlaneContext): readonly HealthCheck[] {
  const { healthChecks: all, gatedHealthChecks: gated } = release.phases;
  const gate = config.cluster.featureGates['WaitForAllControlPlaneComponents'];
  if (gated === undefined || gate === undefined) return all;
  return gate ? gated.on : gated.off;
}

/** Where its manifest says that it listens, with the user's arguments and patches (kubeadm's getControlPlaneComponentAddressAndPort). */
function urlOf({ component, path, port }: HealthCheck, context: ControlPlaneContext): string {
  if (component === 'kube-apiserver') return `${hostPort(context.config.localAPIEndpoint)}${path}`;
  const manifest = staticPods(context.config, context.release, context).find(({ name }) => name === component);
  const pod = manifest && patched(manifest.name, manifest.pod, context.patches);
  const [container] = (pod?.spec['containers'] ?? []) as readonly { readonly command?: readonly string[] }[];
  const argument = (name: string) =>
    container?.command?.findLast((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  const address = argument('bind-address') ?? '127.0.0.1';
  const host = everywhere[address] ?? address;
  return `https://${bracketed(host)}:${argument('secure-port') ?? port}${path}`;
}

/** What listens on every address is asked on the loopback one. */
const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The lines of a wait, as the change that waits has them. */
export function told({ waiting, healthy, unhealthy }: WaitLines, url: string, timeout: string): Partial<WaitChange> {
  return {
    ...(waiting === undefined ? {} : { says: waiting(url, timeout) }),
    ...defined({ healthy, unhealthy }),
  };
}

function hostPort({ advertiseAddress, bindPort }: { advertiseAddress: string; bindPort: number }): string {
  return `https://${bracketed(advertiseAddress)}:${bindPort}`;
}

/** An address as it stands in a URL. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
