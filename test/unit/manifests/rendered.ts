import type { InitConfig } from '../../../src/config/types.ts';
import { etcdPod } from '../../../src/manifests/etcd.ts';
import type { StaticPod } from '../../../src/manifests/static-pod.ts';
import type { StaticPodHost } from '../../../src/manifests/static-pod-host.ts';
import { staticPods } from '../../../src/manifests/static-pods.ts';
import type { StaticPodName } from '../../../src/release/static-pod-arguments.ts';
import { bareHost, initConfig, release } from './config.ts';

export interface Probe {
  readonly failureThreshold: number;
  readonly httpGet: {
    readonly host?: string;
    readonly path: string;
    readonly port: number | string;
    readonly scheme: string;
  };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds: number;
}

export interface Container {
  readonly command: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly image: string;
  readonly livenessProbe: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly ports?: readonly unknown[];
  readonly resources: { readonly requests?: Readonly<Record<string, string>> };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

export interface Volume {
  readonly name: string;
  readonly hostPath: { readonly path: string; readonly type: string };
}

/** A pod as a reader of its manifest sees it. */
export interface Rendered {
  readonly pod: StaticPod;
  readonly container: Container;
  readonly volumes: readonly Volume[];
  /** Value of `--name=value`, of the last one; undefined where the command has none. */
  readonly argument: (name: string) => string | undefined;
}

/** The pod of a component at a version, by default of the plain configuration on a bare host. */
export function rendered(
  version: string,
  component: StaticPodName,
  config: InitConfig = initConfig(version),
  host: StaticPodHost = bareHost,
): Rendered {
  const pod = podOf(version, component, config, host);
  const container = (pod.spec['containers'] as Container[])[0]!;
  return {
    pod,
    container,
    volumes: pod.spec['volumes'] as Volume[],
    argument: (name) => container.command.findLast((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3),
  };
}

function podOf(version: string, component: StaticPodName, config: InitConfig, host: StaticPodHost): StaticPod {
  if (component === 'etcd') return etcdPod(config, release(version));
  return staticPods(config, release(version), host).find(({ name }) => name === component)!.pod;
}
