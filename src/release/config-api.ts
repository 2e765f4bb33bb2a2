import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'configApi',
  upTo: 37,
  source:
    'release notes of v1.37; its list of feature gates is v1.36.3’s without those that the notes take away (inferred)',
};

/** Versions of kubeadm.k8s.io that kinit reads, oldest first. */
export const apiVersions = ['v1beta1', 'v1beta2', 'v1beta3', 'v1beta4'] as const;
export type ApiVersion = (typeof apiVersions)[number];
/** No kubeadm that kinit serves writes v1beta1; it is read alone. */
export type WrittenApiVersion = Exclude<ApiVersion, 'v1beta1'>;

/** Which kubeadm.k8s.io version is written and read, what is defaulted and what is refused. */
export interface ConfigApiRelease {
  /** What `kubeadm-config` and printed defaults are written in. */
  readonly write: WrittenApiVersion;
  /** What the kubeadm of this version reads. */
  readonly read: readonly ApiVersion[];
  /** What kinit takes for this version: more than its kubeadm, as long as that knew more than one. */
  readonly taken: readonly ApiVersion[];
  /** Version of output.kubeadm.k8s.io for `-o json|yaml`. */
  readonly output: string;
  readonly criSockets: CriSockets;
  readonly featureGates: Readonly<Record<string, FeatureGate>>;
  /** The default `authorization-mode` is stored among the API server's extraArgs. */
  readonly storesAuthorizationMode: boolean;
  /** An external etcd has `httpEndpoints`, which are its endpoints unless they are named. */
  readonly httpEndpoints: boolean;
  readonly printedDefaults: PrintedDefaults;
  /** Flags that may stand beside --config, more than those that every version allows. */
  readonly besideConfig: readonly string[];
}

export interface CriSockets {
  readonly fallback: string;
  readonly probe: readonly { readonly path: string; readonly socket: string }[];
  /** Where docker is there it is taken, and its own containerd does not count. */
  readonly docker: { readonly path: string; readonly socket: string } | undefined;
  /** Sockets are URLs; `unix://` is put before a plain path. */
  readonly url: boolean;
}

export interface FeatureGate {
  readonly stage: 'alpha' | 'beta' | 'ga' | 'deprecated';
  readonly enabled: boolean;
}

/** How `config print init-defaults` fills in what it does not know. */
export interface PrintedDefaults {
  /** undefined: this machine's host name. */
  readonly nodeName: 'node' | undefined;
  /** The control plane's taint is printed; later it is `taints: null`. */
  readonly taints: boolean;
  /** `v1.20.0` or `1.36.0`. */
  readonly versionPrefix: 'v' | '';
}

/** The config-api tables read at `version`. */
export function configApiRelease(version: Version): ConfigApiRelease {
  return {
    write: pick(write, version),
    read: pick(read, version),
    taken: pick(taken, version),
    output: pick(output, version),
    criSockets: pick(criSockets, version),
    featureGates: gatesAt(version),
    storesAuthorizationMode: pick(storesAuthorizationMode, version),
    httpEndpoints: pick(httpEndpoints, version),
    printedDefaults: pick(printedDefaults, version),
    besideConfig: pick(besideConfig, version),
  };
}

/** Every gate that kubeadm ever had from v1.18 on, with the minor that brought and the one that removed it. */
export function gateHistory(name: string): { readonly from: string; readonly removed: string | undefined } | undefined {
  const rows = gates[name];
  const first = rows?.[0];
  if (!first) return undefined;
  return { from: first.from, removed: rows.find(({ value }) => value === undefined)?.from };
}

const write: readonly Row<WrittenApiVersion>[] = [
  { from: '1.18', value: 'v1beta2', source: 'output of kubeadm v1.20.2; v1beta2 came with 1.15' },
  { from: '1.22', value: 'v1beta3', source: 'release notes 1.22: kubernetes/kubernetes#101129; kubeadm v1.22.6' },
  { from: '1.31', value: 'v1beta4', source: 'release notes 1.31: kubernetes/kubernetes#125029' },
];

const read: readonly Row<readonly ApiVersion[]>[] = [
  { from: '1.18', value: ['v1beta1', 'v1beta2'], source: 'kubeadm v1.20.2 app/apis/kubeadm/scheme' },
  {
    from: '1.22',
    value: ['v1beta2', 'v1beta3'],
    source: 'release notes 1.22: kubernetes/kubernetes#101129; kubeadm v1.22.6',
  },
  { from: '1.27', value: ['v1beta3'], source: 'release notes 1.27: kubernetes/kubernetes#114540' },
  { from: '1.31', value: ['v1beta3', 'v1beta4'], source: 'release notes 1.31: kubernetes/kubernetes#125029' },
  { from: '1.37', value: ['v1beta4'], source: 'release notes 1.37: kubernetes/kubernetes#136016' },
];

const taken: readonly Row<readonly ApiVersion[]>[] = [
  { from: '1.18', value: apiVersions, source: 'kinit converts every API version for every release that had several' },
  {
    from: '1.22',
    value: ['v1beta2', 'v1beta3', 'v1beta4'],
    source: 'release notes 1.22: kubernetes/kubernetes#101129; kubeadm v1.36.3 oldKnownAPIVersions',
  },
  {
    from: '1.37',
    value: ['v1beta4'],
    source: 'release notes 1.37: kubernetes/kubernetes#136016 (v1beta3 is gone; v1 is there and switched off)',
  },
];

const output: readonly Row<string>[] = [
  { from: '1.18', value: 'output.kubeadm.k8s.io/v1alpha1', source: 'output of kubeadm v1.20.2' },
  { from: '1.23', value: 'output.kubeadm.k8s.io/v1alpha2', source: 'release notes 1.23: kubernetes/kubernetes#105295' },
  { from: '1.31', value: 'output.kubeadm.k8s.io/v1alpha3', source: 'release notes 1.31: kubernetes/kubernetes#124464' },
];

const containerd = 'unix:///var/run/containerd/containerd.sock';
const criSockets: readonly Row<CriSockets>[] = [
  {
    from: '1.18',
    value: {
      fallback: '/var/run/dockershim.sock',
      docker: { path: '/var/run/docker.sock', socket: '/var/run/dockershim.sock' },
      probe: [
        { path: '/run/containerd/containerd.sock', socket: '/run/containerd/containerd.sock' },
        { path: '/var/run/crio/crio.sock', socket: '/var/run/crio/crio.sock' },
      ],
      url: false,
    },
    source: 'kubeadm v1.20.2 app/util/runtime and constants',
  },
  {
    from: '1.24',
    value: {
      fallback: containerd,
      docker: undefined,
      probe: [
        { path: '/var/run/containerd/containerd.sock', socket: containerd },
        { path: '/var/run/crio/crio.sock', socket: 'unix:///var/run/crio/crio.sock' },
        { path: '/var/run/cri-dockerd.sock', socket: 'unix:///var/run/cri-dockerd.sock' },
      ],
      url: true,
    },
    source: 'release notes 1.24: kubernetes/kubernetes#107317, #107295; kubeadm v1.36.2 constants',
  },
];

const storesAuthorizationMode: readonly Row<boolean>[] = [
  { from: '1.18', value: true, source: 'kubeadm-config of kubeadm v1.20.2' },
  { from: '1.30', value: false, source: 'release notes 1.30: kubernetes/kubernetes#123555' },
];

const httpEndpoints: readonly Row<boolean>[] = [
  { from: '1.18', value: false, source: 'kubeadm v1.20.2 types' },
  { from: '1.35', value: true, source: 'release notes 1.35: kubernetes/kubernetes#134890; kubeadm v1.36.2 defaults' },
];

const printedDefaults: readonly Row<PrintedDefaults>[] = [
  {
    from: '1.18',
    value: { nodeName: undefined, taints: true, versionPrefix: 'v' },
    source: 'output of kubeadm v1.20.2 config print init-defaults',
  },
  {
    from: '1.21',
    value: { nodeName: 'node', taints: false, versionPrefix: '' },
    source: 'published outputs of kubeadm v1.21.0; output of kubeadm v1.36.2',
  },
];

const besideConfig: readonly Row<readonly string[]>[] = [
  { from: '1.18', value: ['cri-socket', 'patches'], source: 'kubeadm v1.20.2 ValidateMixedArguments' },
  { from: '1.22', value: ['patches'], source: 'kubeadm v1.22.6; release notes 1.22: kubernetes/kubernetes#101600' },
  { from: '1.23', value: [], source: 'release notes 1.23: kubernetes/kubernetes#104065' },
];

const gates: Readonly<Record<string, readonly Row<FeatureGate | undefined>[]>> = {
  IPv6DualStack: [
    gate('1.18', 'alpha', false, 'kubeadm v1.20.2 features'),
    gate('1.21', 'beta', true, 'release notes 1.21: kubernetes/kubernetes#99294; kubeadm v1.22.6'),
    gate('1.23', 'ga', true, 'release notes 1.24: GA since 1.23'),
    gone('1.24', 'release notes 1.24: kubernetes/kubernetes#106648'),
  ],
  PublicKeysECDSA: [
    gate('1.18', 'alpha', false, 'release notes 1.18: kubernetes/kubernetes#86953'),
    gate('1.31', 'deprecated', false, 'kubeadm v1.31.14 and v1.36.2 features'),
    gone('1.37', 'release notes 1.37: kubernetes/kubernetes#136016'),
  ],
  RootlessControlPlane: [
    gate('1.22', 'alpha', false, 'release notes 1.22: kubernetes/kubernetes#102158; kubeadm v1.22.6'),
    gate('1.31', 'deprecated', false, 'release notes 1.31: kubernetes/kubernetes#124997'),
  ],
  UnversionedKubeletConfigMap: [
    gate('1.23', 'alpha', false, 'release notes 1.23: kubernetes/kubernetes#105741'),
    gate('1.24', 'beta', true, 'release notes 1.24: kubernetes/kubernetes#108027'),
    gate('1.25', 'ga', true, 'release notes 1.25: kubernetes/kubernetes#110327'),
    gone('1.26', 'release notes 1.26: kubernetes/kubernetes#113448'),
  ],
  EtcdLearnerMode: [
    gate('1.27', 'alpha', false, 'release notes 1.27: kubernetes/kubernetes#113318'),
    gate('1.29', 'beta', true, 'release notes 1.29: kubernetes/kubernetes#120228'),
    gate('1.32', 'ga', true, 'release notes 1.32: kubernetes/kubernetes#126374'),
    gone('1.33', 'release notes 1.33: kubernetes/kubernetes#129589'),
  ],
  UpgradeAddonsBeforeControlPlane: [
    gate('1.28', 'deprecated', false, 'release notes 1.28: kubernetes/kubernetes#117660'),
    gone('1.31', 'release notes 1.31: kubernetes/kubernetes#124715'),
  ],
  WaitForAllControlPlaneComponents: [
    gate('1.30', 'alpha', false, 'release notes 1.30: kubernetes/kubernetes#123341'),
    gate('1.33', 'beta', true, 'release notes 1.33: kubernetes/kubernetes#129620'),
    gate('1.34', 'ga', true, 'release notes 1.34: kubernetes/kubernetes#132594'),
    gone('1.35', 'release notes 1.35: kubernetes/kubernetes#134781'),
  ],
  ControlPlaneKubeletLocalMode: [
    gate('1.31', 'alpha', false, 'release notes 1.31: kubernetes/kubernetes#125582'),
    gate('1.33', 'beta', true, 'release notes 1.33: kubernetes/kubernetes#129956'),
    gate('1.35', 'ga', true, 'release notes 1.35: kubernetes/kubernetes#134106'),
    gone('1.36', 'release notes 1.36: kubernetes/kubernetes#135773'),
  ],
  NodeLocalCRISocket: [
    gate('1.32', 'alpha', false, 'release notes 1.32: kubernetes/kubernetes#128031'),
    gate('1.34', 'beta', true, 'release notes 1.34: kubernetes/kubernetes#131981'),
    gate('1.36', 'ga', true, 'release notes 1.36: kubernetes/kubernetes#135742'),
    gone('1.37', 'release notes 1.37: kubernetes/kubernetes#138645'),
  ],
};

function gate(from: string, stage: FeatureGate['stage'], enabled: boolean, source: string): Row<FeatureGate> {
  return { from, value: { stage, enabled }, source };
}

function gone(from: string, source: string): Row<undefined> {
  return { from, value: undefined, source };
}

function gatesAt(version: Version): Readonly<Record<string, FeatureGate>> {
  const found: Record<string, FeatureGate> = {};
  for (const [name, rows] of Object.entries(gates)) {
    const value = pick([{ from: '1.0', value: undefined, source: 'not there yet' }, ...rows], version);
    if (value) found[name] = value;
  }
  return found;
}
