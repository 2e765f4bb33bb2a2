import { type ArgumentPresence, argumentPresence, type StaticPodName } from './static-pod-arguments.ts';
import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'controlPlane',
  upTo: 37,
  source: 'release notes of v1.37, and four manifests of a published v1.37.0 cluster; the templates were not seen',
};

/** How the user's extra arguments meet kubeadm's: one sorted list without duplicates, one sorted list, or behind. */
export type ExtraArgsOrder = 'sorted, last of a name' | 'sorted' | 'behind';

export interface Probes {
  readonly liveness: string;
  readonly readiness?: string;
  readonly startup?: string;
}

export interface ProbeTiming {
  readonly initialDelaySeconds: number;
  readonly periodSeconds?: number;
}

/** Flags, probes and pod fields of the static pods. */
export interface ControlPlaneRelease {
  /** Arguments that come or go; what is not listed is in every release. */
  readonly arguments: ArgumentPresence;
  readonly extraArgsOrder: ExtraArgsOrder;
  /** Unknown modes in the user's authorization-mode are dropped; later they pass. */
  readonly filtersAuthorizationModes: boolean;
  /** authorization-config takes the place of the default authorization-mode. */
  readonly knowsAuthorizationConfig: boolean;
  readonly sortsEnvironment: boolean;
  readonly probes: Readonly<Record<StaticPodName, Probes>>;
  readonly livenessTiming: ProbeTiming;
  /** Probes name a port of the container instead of numbering it. */
  readonly namedProbePort: boolean;
  readonly etcdRequests: Readonly<Record<string, string>> | undefined;
  readonly priorityClassName: string;
  readonly priority: number | undefined;
  readonly seccomp: boolean;
  /** `creationTimestamp: null` stands in metadata, as older Go types print it. */
  readonly printsCreationTimestamp: boolean;
  /** Directories beside /etc/ssl/certs that are mounted where the host has them. */
  readonly caDirectories: readonly string[];
  readonly flexVolumeMount: boolean;
  /** Targets of --patches. */
  readonly patchTargets: readonly string[];
}

/** The control-plane tables read at `version`. */
export function controlPlaneRelease(version: Version): ControlPlaneRelease {
  return {
    arguments: argumentPresence(version),
    extraArgsOrder: pick(extraArgsOrder, version),
    filtersAuthorizationModes: pick(filtersAuthorizationModes, version),
    knowsAuthorizationConfig: pick(knowsAuthorizationConfig, version),
    sortsEnvironment: pick(sortsEnvironment, version),
    probes: {
      'kube-apiserver': pick(apiServerProbes, version),
      'kube-controller-manager': pick(controllerManagerProbes, version),
      'kube-scheduler': pick(schedulerProbes, version),
      etcd: pick(etcdProbes, version),
    },
    livenessTiming: pick(livenessTiming, version),
    namedProbePort: pick(namedProbePort, version),
    etcdRequests: pick(etcdRequests, version),
    priorityClassName: pick(priorityClassName, version),
    priority: pick(priority, version),
    seccomp: pick(seccomp, version),
    printsCreationTimestamp: pick(printsCreationTimestamp, version),
    caDirectories: pick(caDirectories, version),
    flexVolumeMount: pick(flexVolumeMount, version),
    patchTargets: pick(patchTargets, version),
  };
}

const extraArgsOrder: readonly Row<ExtraArgsOrder>[] = [
  { from: '1.18', value: 'sorted, last of a name', source: 'kubeadm v1.20.2: a map' },
  { from: '1.31', value: 'sorted', source: 'v1beta4 allows duplicates; kubeadm#3173 shows them sorted' },
  { from: '1.32.12', value: 'behind', source: 'kubernetes#135850, merged 2026-01, after v1.32.11' },
  { from: '1.33', value: 'sorted', source: 'kubeadm#3261' },
  { from: '1.33.8', value: 'behind', source: 'kubernetes#135851, merged 2026-01, after v1.33.7' },
  { from: '1.34', value: 'sorted', source: 'kubeadm#3261' },
  { from: '1.34.4', value: 'behind', source: 'kubernetes#135852, merged 2026-01, after v1.34.3' },
  { from: '1.35', value: 'sorted', source: 'kubeadm#3261' },
  { from: '1.35.1', value: 'behind', source: 'kubernetes#135853, merged 2026-01, after v1.35.0' },
  { from: '1.36', value: 'behind', source: 'kubernetes#135400, kubeadm v1.36.2' },
];

const filtersAuthorizationModes: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'kubeadm v1.20.2' },
  {
    from: '1.30',
    value: false,
    source: 'kubeadm source of manifests.go with authorization-config: a default argument',
  },
];

const knowsAuthorizationConfig: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.20.2' },
  { from: '1.30', value: true, source: 'CHANGELOG-1.30: structured authorization' },
];

const sortsEnvironment: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.20.2' },
  { from: '1.32', value: true, source: 'CHANGELOG-1.32: environment variables sorted by name' },
];

const apiServerProbes: readonly Row<Probes>[] = [
  { from: '1.18', value: { liveness: '/healthz' }, source: 'published v1.18 manifests' },
  {
    from: '1.19',
    value: { liveness: '/livez', readiness: '/readyz', startup: '/livez' },
    source: 'CHANGELOG-1.19; kubeadm v1.20.2 and v1.36.2',
  },
];

const controllerManagerProbes: readonly Row<Probes>[] = [
  { from: '1.18', value: { liveness: '/healthz' }, source: 'published v1.18 manifests' },
  {
    from: '1.19',
    value: { liveness: '/healthz', startup: '/healthz' },
    source: 'CHANGELOG-1.19; kubeadm v1.20.2 and v1.36.2',
  },
];

const schedulerProbes: readonly Row<Probes>[] = [
  { from: '1.18', value: { liveness: '/healthz' }, source: 'published v1.18 manifests' },
  { from: '1.19', value: { liveness: '/healthz', startup: '/healthz' }, source: 'CHANGELOG-1.19; kubeadm v1.20.2' },
  {
    from: '1.32',
    value: { liveness: '/livez', readiness: '/readyz', startup: '/livez' },
    source: 'CHANGELOG-1.32; kubeadm v1.36.2',
  },
];

const etcdProbes: readonly Row<Probes>[] = [
  { from: '1.18', value: { liveness: '/health' }, source: 'published manifests with etcd 3.4.3-0' },
  {
    from: '1.19',
    value: { liveness: '/health', startup: '/health' },
    source: 'CHANGELOG-1.19; kubeadm v1.20.2; published manifests with etcd 3.5.1-0 and 3.5.3-0',
  },
  {
    from: '1.25',
    value: { liveness: '/health?exclude=NOSPACE&serializable=true', startup: '/health?serializable=false' },
    source: 'published manifests with etcd 3.5.4-0, 3.5.6-0, 3.5.7-0, 3.5.10-0',
  },
  {
    from: '1.31',
    value: { liveness: '/livez', readiness: '/readyz', startup: '/readyz' },
    source: 'CHANGELOG-1.31, kubeadm#3039; kubeadm v1.36.2',
  },
];

const livenessTiming: readonly Row<ProbeTiming>[] = [
  { from: '1.18', value: { initialDelaySeconds: 15 }, source: 'published v1.18 manifests' },
  { from: '1.19', value: { initialDelaySeconds: 10, periodSeconds: 10 }, source: 'kubeadm v1.20.2 and v1.36.2' },
];

const namedProbePort: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.20.2' },
  { from: '1.34', value: true, source: 'CHANGELOG-1.34: probe-port; published v1.34 manifests; kubeadm v1.36.2' },
];

const etcdRequests: readonly Row<Readonly<Record<string, string>> | undefined>[] = [
  { from: '1.18', value: undefined, source: 'published manifests with etcd 3.4.3-0' },
  {
    from: '1.20',
    value: { cpu: '100m', 'ephemeral-storage': '100Mi', memory: '100Mi' },
    source: 'kubeadm v1.20.2',
  },
  {
    from: '1.22',
    value: { cpu: '100m', memory: '100Mi' },
    source: 'CHANGELOG-1.22; kubeadm v1.22.6; published manifests with etcd 3.5.1-0',
  },
];

const priorityClassName: readonly Row<string>[] = [
  { from: '1.18', value: 'system-cluster-critical', source: 'published v1.18 manifests' },
  { from: '1.19', value: 'system-node-critical', source: 'CHANGELOG-1.19; kubeadm v1.20.2' },
];

const priority: readonly Row<number | undefined>[] = [
  { from: '1.18', value: undefined, source: 'kubeadm v1.20.2; published manifests with etcd 3.5.6-0' },
  { from: '1.27', value: 2000001000, source: 'CHANGELOG-1.27; published manifests with etcd 3.5.7-0' },
];

const seccomp: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.20.2' },
  { from: '1.22', value: true, source: 'CHANGELOG-1.22: RuntimeDefault for static pods; kubeadm v1.22.6' },
];

const printsCreationTimestamp: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'kubeadm v1.20.2' },
  { from: '1.34', value: false, source: 'metav1.ObjectMeta omits zero times since v1.34; kubeadm v1.36.2' },
];

const caDirectories: readonly Row<readonly string[]>[] = [
  {
    from: '1.18',
    value: ['/etc/pki', '/usr/share/ca-certificates', '/usr/local/share/ca-certificates', '/etc/ca-certificates'],
    source: 'kubeadm volumes.go, v1.20.2',
  },
  {
    from: '1.31',
    value: [
      '/etc/pki/ca-trust',
      '/etc/pki/tls/certs',
      '/etc/ca-certificates',
      '/usr/share/ca-certificates',
      '/usr/local/share/ca-certificates',
    ],
    source: 'CHANGELOG-1.31; kubeadm v1.36.2',
  },
];

const flexVolumeMount: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'kubeadm v1.20.2' },
  { from: '1.36', value: false, source: 'CHANGELOG-1.36; kubeadm v1.36.2' },
];

const pods = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/** Targets that any release can patch. */
export const everyPatchTarget: readonly string[] = [
  ...pods,
  'kubeletconfiguration',
  'corednsdeployment',
  'kubeproxydaemonset',
];

const patchTargets: readonly Row<readonly string[]>[] = [
  { from: '1.18', value: [], source: 'kubeadm v1.18 knows --experimental-kustomize alone' },
  { from: '1.19', value: pods, source: 'CHANGELOG-1.19: --experimental-patches' },
  { from: '1.25', value: [...pods, 'kubeletconfiguration'], source: 'CHANGELOG-1.25' },
  { from: '1.31', value: [...pods, 'kubeletconfiguration', 'corednsdeployment'], source: 'CHANGELOG-1.31' },
  { from: '1.37', value: everyPatchTarget, source: 'release notes 1.37: kubernetes/kubernetes#138090' },
];
