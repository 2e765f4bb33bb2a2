import { type Row, upTo, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'removedApis',
  upTo: 37,
  source:
    'kubernetes.io/docs/reference/using-api/deprecation-guide, and when v1.24 to v1.36.3 say that they stop serving each (zz_generated.prerelease-lifecycle.go)',
};

/** A version of an API that is served no more; its objects are kept, and served by another one. */
export interface RemovedApi {
  /** `networking.k8s.io/v1beta1` */
  readonly apiVersion: string;
  readonly kinds: readonly string[];
  /** What serves them from then on, and where both are served. */
  readonly instead: string;
  /** The first minor that serves that. */
  readonly insteadSince: number;
  /** `v1.22` */
  readonly since: string;
  /** What is kept of it cannot be read from then on: its kind has no way from the one version to the other. */
  readonly lost?: true;
}

/** What is served no more at one version and is at another. */
export function removedApis(from: Version, to: Version): readonly RemovedApi[] {
  const there = new Set(goneAt(from));
  return goneAt(to).filter((api) => !there.has(api));
}

function goneAt(version: Version): readonly RemovedApi[] {
  return upTo(rows, version).flat();
}

/** The version by which a release lists them: not by one that it calls deprecated, since who asks for that is counted. */
export function listedAs({ apiVersion, instead, insteadSince }: RemovedApi, { minor }: Version): string {
  return minor >= insteadSince ? instead : apiVersion;
}

/** The same of a kind. */
export function listedKind(kind: string, version: Version): string {
  const apis = rows.flatMap(({ value }) => value).filter(({ kinds }) => kinds.includes(kind));
  const served = apis.find(({ since }) => version.minor < Number(since.replace('v1.', ''))) ?? apis.at(-1);
  if (served === undefined) throw new Error(`no version of ${kind} has gone`);
  return listedAs(served, version);
}

function api(apiVersion: string, kinds: string, instead: string, insteadSince: number, since: string): RemovedApi {
  return { apiVersion, kinds: kinds.split(' '), instead, insteadSince, since };
}

/** One of which nothing can be read that is kept. */
function lost(apiVersion: string, kinds: string, instead: string, insteadSince: number, since: string): RemovedApi {
  return { ...api(apiVersion, kinds, instead, insteadSince, since), lost: true };
}

const admission = 'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding';
const guide = 'kubernetes.io/docs/reference/using-api/deprecation-guide';

/** What an API server goes by: https://github.com/kubernetes/kubernetes/pull/94971 and the file that says when. */
const lifecycle = 'zz_generated.prerelease-lifecycle.go of its package';
const packages = 'k8s.io/api of the release before has the package, that of the release has it not';

const rows: readonly Row<readonly RemovedApi[]>[] = [
  { from: '1.18', value: [], source: `${guide}: those of v1.16 went before` },
  {
    from: '1.22',
    value: [
      api(
        'admissionregistration.k8s.io/v1beta1',
        'MutatingWebhookConfiguration ValidatingWebhookConfiguration',
        'admissionregistration.k8s.io/v1',
        16,
        'v1.22',
      ),
      api('apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', 'apiextensions.k8s.io/v1', 16, 'v1.22'),
      api('apiregistration.k8s.io/v1beta1', 'APIService', 'apiregistration.k8s.io/v1', 10, 'v1.22'),
      api('extensions/v1beta1', 'Ingress', 'networking.k8s.io/v1', 19, 'v1.22'),
      api('networking.k8s.io/v1beta1', 'Ingress IngressClass', 'networking.k8s.io/v1', 19, 'v1.22'),
      api(
        'rbac.authorization.k8s.io/v1beta1',
        'ClusterRole ClusterRoleBinding Role RoleBinding',
        'rbac.authorization.k8s.io/v1',
        8,
        'v1.22',
      ),
      api('scheduling.k8s.io/v1beta1', 'PriorityClass', 'scheduling.k8s.io/v1', 14, 'v1.22'),
      api('storage.k8s.io/v1beta1', 'CSIDriver StorageClass', 'storage.k8s.io/v1', 19, 'v1.22'),
    ],
    source: guide,
  },
  {
    from: '1.24',
    value: [api('storage.k8s.io/v1alpha1', 'CSIStorageCapacity', 'storage.k8s.io/v1', 24, 'v1.24')],
    source: lifecycle,
  },
  {
    from: '1.25',
    value: [
      api('autoscaling/v2beta1', 'HorizontalPodAutoscaler', 'autoscaling/v1', 2, 'v1.25'),
      api('batch/v1beta1', 'CronJob', 'batch/v1', 21, 'v1.25'),
      api('node.k8s.io/v1beta1', 'RuntimeClass', 'node.k8s.io/v1', 20, 'v1.25'),
      api('policy/v1beta1', 'PodDisruptionBudget', 'policy/v1', 21, 'v1.25'),
    ],
    source: guide,
  },
  {
    from: '1.26',
    value: [
      api('autoscaling/v2beta2', 'HorizontalPodAutoscaler', 'autoscaling/v1', 2, 'v1.26'),
      api(
        'flowcontrol.apiserver.k8s.io/v1beta1',
        'FlowSchema PriorityLevelConfiguration',
        'flowcontrol.apiserver.k8s.io/v1beta2',
        23,
        'v1.26',
      ),
    ],
    source: guide,
  },
  {
    from: '1.27',
    value: [
      api('storage.k8s.io/v1beta1', 'CSIStorageCapacity', 'storage.k8s.io/v1', 24, 'v1.27'),
      lost(
        'resource.k8s.io/v1alpha1',
        'PodScheduling ResourceClaim ResourceClaimTemplate ResourceClass',
        'resource.k8s.io/v1alpha2',
        27,
        'v1.27',
      ),
    ],
    source: `${guide}; resource.k8s.io: ${packages}`,
  },
  {
    from: '1.29',
    value: [
      api(
        'flowcontrol.apiserver.k8s.io/v1beta2',
        'FlowSchema PriorityLevelConfiguration',
        'flowcontrol.apiserver.k8s.io/v1beta3',
        26,
        'v1.29',
      ),
      lost('networking.k8s.io/v1alpha1', 'ClusterCIDR', 'nothing', 99, 'v1.29'),
    ],
    source: `${guide}; ClusterCIDR: ${packages}`,
  },
  {
    from: '1.31',
    value: [
      lost(
        'resource.k8s.io/v1alpha2',
        'PodSchedulingContext ResourceClaim ResourceClaimTemplate ResourceClass',
        'resource.k8s.io/v1alpha3',
        31,
        'v1.31',
      ),
    ],
    source: packages,
  },
  {
    from: '1.32',
    value: [
      api(
        'flowcontrol.apiserver.k8s.io/v1beta3',
        'FlowSchema PriorityLevelConfiguration',
        'flowcontrol.apiserver.k8s.io/v1',
        29,
        'v1.32',
      ),
      api('admissionregistration.k8s.io/v1alpha1', admission, 'admissionregistration.k8s.io/v1', 30, 'v1.32'),
    ],
    source: `${guide}; admission policies: ${lifecycle}`,
  },
  {
    from: '1.33',
    value: [api('networking.k8s.io/v1alpha1', 'ServiceCIDR', 'networking.k8s.io/v1beta1', 31, 'v1.33')],
    source: lifecycle,
  },
  {
    from: '1.34',
    value: [api('admissionregistration.k8s.io/v1beta1', admission, 'admissionregistration.k8s.io/v1', 30, 'v1.34')],
    source: lifecycle,
  },
  {
    from: '1.35',
    value: [
      api('storage.k8s.io/v1alpha1', 'VolumeAttributesClass', 'storage.k8s.io/v1', 34, 'v1.35'),
      lost(
        'storagemigration.k8s.io/v1alpha1',
        'StorageVersionMigration',
        'storagemigration.k8s.io/v1beta1',
        35,
        'v1.35',
      ),
    ],
    source: `${lifecycle}; StorageVersionMigration: ${packages}`,
  },
  {
    from: '1.36',
    value: [lost('scheduling.k8s.io/v1alpha1', 'Workload', 'scheduling.k8s.io/v1alpha2', 36, 'v1.36')],
    source: packages,
  },
  {
    from: '1.37',
    value: [
      api('networking.k8s.io/v1beta1', 'ServiceCIDR', 'networking.k8s.io/v1', 33, 'v1.37'),
      api('storage.k8s.io/v1beta1', 'VolumeAttributesClass', 'storage.k8s.io/v1', 34, 'v1.37'),
    ],
    source: `${lifecycle}, of v1.36.3`,
  },
];
