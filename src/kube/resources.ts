import { defined } from '../defined.ts';
import type { KubeObject, ObjectRef } from './client.ts';

/** How the API server names a kind in its paths. */
export interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** What kinit and the usual network plugins write; any other kind is asked of the API server. */
const knownResources: Readonly<Record<string, Readonly<Record<string, Resource>>>> = {
  '': {
    ConfigMap: namespaced('configmaps'),
    Endpoints: namespaced('endpoints'),
    Event: namespaced('events'),
    Namespace: clusterWide('namespaces'),
    Node: clusterWide('nodes'),
    Pod: namespaced('pods'),
    Secret: namespaced('secrets'),
    Service: namespaced('services'),
    ServiceAccount: namespaced('serviceaccounts'),
  },
  'admissionregistration.k8s.io': {
    MutatingWebhookConfiguration: clusterWide('mutatingwebhookconfigurations'),
    ValidatingWebhookConfiguration: clusterWide('validatingwebhookconfigurations'),
  },
  apps: {
    DaemonSet: namespaced('daemonsets'),
    Deployment: namespaced('deployments'),
    ReplicaSet: namespaced('replicasets'),
    StatefulSet: namespaced('statefulsets'),
  },
  batch: { Job: namespaced('jobs') },
  'apiextensions.k8s.io': { CustomResourceDefinition: clusterWide('customresourcedefinitions') },
  'certificates.k8s.io': { CertificateSigningRequest: clusterWide('certificatesigningrequests') },
  'coordination.k8s.io': { Lease: namespaced('leases') },
  policy: {
    PodDisruptionBudget: namespaced('poddisruptionbudgets'),
    PodSecurityPolicy: clusterWide('podsecuritypolicies'),
  },
  'rbac.authorization.k8s.io': {
    ClusterRole: clusterWide('clusterroles'),
    ClusterRoleBinding: clusterWide('clusterrolebindings'),
    Role: namespaced('roles'),
    RoleBinding: namespaced('rolebindings'),
  },
};

/** The resource of a kind that is known without asking. */
export function knownResource(apiVersion: string, kind: string): Resource | undefined {
  return knownResources[groupOf(apiVersion)]?.[kind];
}

/** The kind of a resource that is known without asking: `Secret` of `v1`, `secrets`. */
export function knownKind(apiVersion: string, plural: string): string | undefined {
  const kinds = Object.entries(knownResources[groupOf(apiVersion)] ?? {});
  return kinds.find(([, resource]) => resource.plural === plural)?.[0];
}

/** `apps` of `apps/v1`; empty for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** Where a group and version is served: `/api/v1`, `/apis/apps/v1`. */
export function versionPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** The collection of a kind; without a namespace, that of all namespaces. */
export function collectionPath(apiVersion: string, { plural, namespaced }: Resource, namespace?: string): string {
  const within = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${versionPath(apiVersion)}${within}/${plural}`;
}

/** One object; of a namespaced kind without a namespace, that in `default`. */
export function objectPath(ref: ObjectRef, resource: Resource): string {
  const collection = collectionPath(ref.apiVersion, resource, ref.namespace ?? 'default');
  return `${collection}/${encodeURIComponent(ref.name)}`;
}

/** The reference of an object. */
export function referenceTo({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): ObjectRef {
  return { apiVersion, kind, name, ...defined({ namespace }) };
}

function namespaced(plural: string): Resource {
  return { plural, namespaced: true };
}

function clusterWide(plural: string): Resource {
  return { plural, namespaced: false };
}
