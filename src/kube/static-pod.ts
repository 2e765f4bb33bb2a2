import type { KubeObject, ListQuery } from './client.ts';

/** The API servers of a cluster, as their kubelets mirror them. */
export const apiServerPods: ListQuery = {
  apiVersion: 'v1',
  kind: 'Pod',
  namespace: 'kube-system',
  labelSelector: 'component=kube-apiserver,tier=control-plane',
};

/** The kubelet's hash of a static pod's manifest, in its mirror (kubernetes.io/config.hash); undefined where there is none. */
export function staticPodHash(mirror: KubeObject | undefined): string | undefined {
  return mirror?.metadata.annotations?.['kubernetes.io/config.hash'];
}

/** What a static pod is to be. */
export interface WantedStaticPod {
  /** The hash that it had before its manifest was changed. */
  readonly before?: string;
  readonly image: string;
  readonly command: readonly string[];
}

/** Why the mirror of a static pod does not yet show it as it is wanted, and running; undefined where it does. */
export function notYet(
  mirror: KubeObject | undefined,
  { before, image, command }: WantedStaticPod,
): string | undefined {
  if (mirror === undefined) return 'the kubelet has not told of it yet';
  if (before !== undefined && staticPodHash(mirror) === before) return 'the kubelet still runs what was there before';
  const { containers = [] } = (mirror['spec'] ?? {}) as { readonly containers?: readonly Container[] };
  const [container] = containers;
  if (container?.image !== image || JSON.stringify(container.command) !== JSON.stringify(command)) {
    return 'the kubelet does not run what its manifest says yet';
  }
  const { phase, containerStatuses = [] } = (mirror['status'] ?? {}) as PodStatus;
  const status = containerStatuses.find(({ name }) => name === container.name);
  if (phase === 'Running' && (status === undefined || status.state?.running !== undefined)) return undefined;
  const { waiting, terminated } = status?.state ?? {};
  return waiting?.reason ?? terminated?.reason ?? phase ?? 'it has not begun yet';
}

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
}

interface PodStatus {
  readonly phase?: string;
  readonly containerStatuses?: readonly {
    readonly name: string;
    readonly state?: {
      readonly running?: object;
      readonly waiting?: { readonly reason?: string };
      readonly terminated?: { readonly reason?: string };
    };
  }[];
}
