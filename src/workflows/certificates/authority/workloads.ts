import type { KubeClient, KubeObject, ObjectRef } from '../../../kube/client.ts';

/** What pods belong to, whose pods do not trust the new CA. */
export interface StaleWorkload {
  readonly ref: ObjectRef;
  /** kube-proxy and CoreDNS. */
  readonly ours: boolean;
  /** Its pods begin anew when its template changes. */
  readonly rolls: boolean;
}

/** Where a pod has the CA and its token (plugin/pkg/admission/serviceaccount). */
const account = '/var/run/secrets/kubernetes.io/serviceaccount';

/** As `kubectl rollout restart` marks templates of pods. */
const templateMark = 'kinit.dev/trusts';

/**
 * What has pods that were made before a moment (RFC 3339) and read the cluster's CA when they start, as nearly all clients of
 * the API do: each once, ours first.
 */
export async function staleWorkloads(kube: KubeClient, since: string): Promise<readonly StaleWorkload[]> {
  const pods = (await kube.list({ apiVersion: 'v1', kind: 'Pod' })).filter((pod) => isStale(pod, since));
  const found = new Map<string, StaleWorkload>();
  for (const pod of pods) {
    const ref = await ownerOf(pod, kube);
    const key = workloadName(ref);
    if (!found.has(key)) found.set(key, { ref, ...(await nature(ref, kube)) });
  }
  return [...found.values()].sort(
    (a, b) => Number(b.ours) - Number(a.ours) || (workloadName(a.ref) < workloadName(b.ref) ? -1 : 1),
  );
}

/** `Deployment default/web` */
export function workloadName({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace ?? ''}/${name}`;
}

function isStale(pod: KubeObject, since: string): boolean {
  const { phase } = (pod['status'] ?? {}) as { readonly phase?: string };
  if (phase === 'Succeeded' || phase === 'Failed' || pod.metadata['deletionTimestamp'] !== undefined) return false;
  return String(pod.metadata['creationTimestamp']) < since && containersOf(pod).some(readsCa);
}

function containersOf(pod: KubeObject): readonly Container[] {
  const spec = (pod['spec'] ?? {}) as Readonly<Record<string, readonly Container[] | undefined>>;
  return [...(spec['containers'] ?? []), ...(spec['initContainers'] ?? [])];
}

interface Container {
  readonly volumeMounts?: readonly { readonly mountPath?: string }[];
}

function readsCa({ volumeMounts = [] }: Container): boolean {
  return volumeMounts.some(({ mountPath }) => mountPath === account);
}

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** What has made a pod at last: a ReplicaSet is its Deployment's. */
async function ownerOf(object: KubeObject, kube: KubeClient): Promise<ObjectRef> {
  const { namespace, name } = object.metadata;
  const [owner] = (object.metadata['ownerReferences'] ?? []) as readonly Owner[];
  const within = namespace === undefined ? {} : { namespace };
  if (owner === undefined) return { apiVersion: object.apiVersion, kind: object.kind, name, ...within };
  const ref = { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, ...within };
  const made = owner.kind === 'ReplicaSet' ? await kube.get(ref) : undefined;
  return made === undefined ? ref : ownerOf(made, kube);
}

const rolling = ['Deployment', 'DaemonSet', 'StatefulSet'];

async function nature(ref: ObjectRef, kube: KubeClient): Promise<Omit<StaleWorkload, 'ref'>> {
  const live = rolling.includes(ref.kind) ? await kube.get(ref) : undefined;
  const { updateStrategy } = (live?.['spec'] ?? {}) as { readonly updateStrategy?: { readonly type?: string } };
  const isDns = live?.metadata.labels?.['k8s-app'] === 'kube-dns';
  return {
    ours: ref.namespace === 'kube-system' && (isDns || ref.name === 'kube-proxy'),
    rolls: live !== undefined && updateStrategy?.type !== 'OnDelete',
  };
}

/** Lets the pods of a workload begin anew, a few at a time as it says itself. Throws KubeError. */
export async function restartWorkload({ ref }: StaleWorkload, mark: string, kube: KubeClient): Promise<void> {
  const body = { spec: { template: { metadata: { annotations: { [templateMark]: mark } } } } };
  await kube.patch(ref, 'merge', body);
}
