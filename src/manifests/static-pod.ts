import type { EnvVar, HostPathMount } from '../config/types.ts';
import { defined } from '../defined.ts';
import type { ControlPlaneRelease } from '../release/control-plane.ts';
import type { StaticPodName } from '../release/static-pod-arguments.ts';
import { compareText } from './arguments.ts';

/** A pod as a manifest for the kubelet. */
export interface StaticPod {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, never>>;
}

/** What distinguishes one component of the control plane from the others. */
export interface Component {
  readonly name: StaticPodName;
  readonly image: string;
  readonly arguments: readonly string[];
  /** Where its health is asked; no host means the pod's own address. */
  readonly health: { readonly host: string | undefined; readonly port: number; readonly scheme: 'HTTP' | 'HTTPS' };
  readonly requests: Readonly<Record<string, string>> | undefined;
  readonly environment: readonly EnvVar[];
  /** In the order of volumeMounts; volumes are sorted by name. */
  readonly mounts: readonly HostPathMount[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The static pod of a component as kubeadm of the release writes it; `startupSeconds` is how long it may take to start. */
export function staticPod(component: Component, release: ControlPlaneRelease, startupSeconds: number): StaticPod {
  const { name, annotations, mounts } = component;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...defined({ annotations }),
      ...(release.printsCreationTimestamp ? { creationTimestamp: null } : {}),
      labels: { component: name, tier: 'control-plane' },
      name,
      namespace: 'kube-system',
    },
    spec: {
      containers: [container(component, release, startupSeconds)],
      hostNetwork: true,
      ...defined({ priority: release.priority }),
      priorityClassName: release.priorityClassName,
      ...(release.seccomp ? { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } } : {}),
      volumes: mounts.map(volume).toSorted((a, b) => compareText(a.name, b.name)),
    },
    status: {},
  };
}

const portName = 'probe-port';

function container(component: Component, release: ControlPlaneRelease, startupSeconds: number): object {
  const { name, image, health, requests, environment, mounts } = component;
  return {
    command: [name, ...component.arguments],
    ...(environment.length === 0 ? {} : { env: environment }),
    image,
    imagePullPolicy: 'IfNotPresent',
    name,
    ...(release.namedProbePort ? { ports: [{ containerPort: health.port, name: portName, protocol: 'TCP' }] } : {}),
    ...probes(component, release, startupSeconds),
    resources: defined({ requests }),
    volumeMounts: mounts.map(volumeMount),
  };
}

/** kubeadm's numbers: staticpod.LivenessProbe, ReadinessProbe and StartupProbe; Go prints no threshold of 0. */
function probes({ name, health }: Component, release: ControlPlaneRelease, startupSeconds: number): object {
  const { liveness, readiness, startup } = release.probes[name];
  const port = release.namedProbePort ? portName : health.port;
  const httpGet = (path: string) => ({
    ...defined({ host: health.host }),
    path,
    port,
    scheme: health.scheme,
  });
  const timeoutSeconds = 15;
  const often = { initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds };
  const attempts = Math.ceil(startupSeconds / often.periodSeconds);
  return {
    livenessProbe: { failureThreshold: 8, httpGet: httpGet(liveness), ...release.livenessTiming, timeoutSeconds },
    ...(readiness === undefined
      ? {}
      : { readinessProbe: { failureThreshold: 3, httpGet: httpGet(readiness), periodSeconds: 1, timeoutSeconds } }),
    ...(startup === undefined
      ? {}
      : {
          startupProbe: {
            ...defined({ failureThreshold: attempts || undefined }),
            httpGet: httpGet(startup),
            ...often,
          },
        }),
  };
}

/** An unset type is printed empty, as kubeadm prints the user's. */
function volume({ name, hostPath, pathType }: HostPathMount): { readonly name: string; readonly hostPath: object } {
  return { hostPath: { path: hostPath, type: pathType ?? '' }, name };
}

function volumeMount({ name, mountPath, readOnly }: HostPathMount): object {
  return { mountPath, name, ...(readOnly ? { readOnly: true } : {}) };
}
