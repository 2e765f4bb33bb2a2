import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { releaseFor } from '../../src/release/release.ts';
import { parseVersion } from '../../src/release/version.ts';

/** The version of Kubernetes that a lab runs, with all in which it differs from others for the lab and its stories. */
export interface LabVersion extends Traits {
  /** Such as v1.20.2. */
  readonly kubernetes: string;
  /** The folder that holds its programs; without one they are compiled from Debian's source package. */
  readonly binaries?: Binaries;
  /** Its programs as compiled and laid out already. */
  readonly layers?: string;
  /** The images that its kubeadm asks for, with tags. */
  readonly images: readonly string[];
  /** The repository of those images. */
  readonly imageRepository: string;
  /** A later patch release, which the lab's repository has in name only. */
  readonly later: string;
  /** The version of containerd.io. */
  readonly containerd: string;
}

export interface Binaries {
  readonly folder: string;
  /** Changes with the folder's files. */
  readonly stamps: readonly string[];
  /** The file beside this one that is containerd's configuration. */
  readonly containerdConfig: string;
}

interface Traits {
  /** The version of kubeadm's documents that its kubeadm stores. */
  readonly configApi: 'v1beta2' | 'v1beta3' | 'v1beta4';
  /** The oldest version of them that stories give to it. */
  readonly documentApi: 'v1beta2' | 'v1beta3';
  /** What every cluster has to be told here, as documents of a configuration file. */
  readonly documents: readonly object[];
  /** Its kubelet speaks to docker. */
  readonly docker: boolean;
  /** Its kubeadm calls crictl. */
  readonly crictl: boolean;
  /** A runtime's socket as its kubeadm wants it named. */
  readonly criSocket: string;
  /** Prints the cluster's configuration where an administrator's kubeconfig is. */
  readonly printConfiguration: readonly string[];
  /** Whether kubeadm-config tells of every control plane. */
  readonly clusterStatus: boolean;
  /** What its kubeadm marks a control plane's Node with. */
  readonly roles: readonly string[];
  readonly taints: readonly string[];
  /** What its kubeadm makes, and leaves out of its dry run. */
  readonly dryRunLacks: readonly string[];
  /** Whether its kubeadm gives containers the proxy's variables in the order of a map. */
  readonly randomEnvironment: boolean;
  /** Whether Nodes are annotated with the runtime's socket. */
  readonly annotatedSocket: boolean;
  /** How packages of its repository are numbered. */
  readonly packages: { readonly release: string; readonly cni: string; readonly criTools: string };
}

const role = (name: string): string => `node-role.kubernetes.io/${name}`;

/** By minor release: what changed with it. */
const changes: readonly (readonly [minor: number, change: Partial<Traits>])[] = [
  [
    22,
    {
      configApi: 'v1beta3',
      documentApi: 'v1beta3',

      clusterStatus: false,
      printConfiguration: inCluster('kubeadm-config'),
    },
  ],
  [
    24,
    {
      docker: false,
      criSocket: 'unix:///run/containerd/containerd.sock',
      roles: [role('control-plane')],
      taints: [role('control-plane'), role('master')],
      // https://kubernetes.io/blog/2023/08/15/pkgs-k8s-io-introduction/
      packages: { release: '150500.1.1', cni: '1.2.0', criTools: '1.24.2' },
    },
  ],
  [25, { taints: [role('control-plane')] }],
  // Made before the dry run's client is: cmd/kubeadm/app/cmd/init.go, initData.Client.
  [29, { dryRunLacks: ['ClusterRoleBinding/kubeadm:cluster-admins'] }],
  [31, { configApi: 'v1beta4', crictl: false, randomEnvironment: true }],
  // cmd/kubeadm/app/util/env.go, MergeKubeadmEnvVars: sorted a minor release after it came.
  [32, { randomEnvironment: false }],
  // kubeadm's gate NodeLocalCRISocket.
  [34, { annotatedSocket: false }],
  // Hosts have cgroup v1.
  [
    35,
    {
      documents: [{ apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', failCgroupV1: false }],
    },
  ],
];

const v1_20: LabVersion = {
  kubernetes: 'v1.20.2',
  imageRepository: 'k8s.gcr.io',
  images: [
    'k8s.gcr.io/kube-apiserver:v1.20.2',
    'k8s.gcr.io/kube-controller-manager:v1.20.2',
    'k8s.gcr.io/kube-scheduler:v1.20.2',
    'k8s.gcr.io/kube-proxy:v1.20.2',
    'k8s.gcr.io/pause:3.2',
    // Debian's etcd is 3.4.23; it answers to this tag.
    'k8s.gcr.io/etcd:3.4.13-0',
    'k8s.gcr.io/coredns:1.7.0',
  ],
  later: 'v1.20.4',
  containerd: '1.6.20',
  configApi: 'v1beta2',
  documentApi: 'v1beta2',
  documents: [],
  docker: true,
  crictl: true,
  criSocket: '/run/containerd/containerd.sock',
  printConfiguration: ['kubeadm', 'config', 'view'],
  clusterStatus: true,
  roles: [role('master'), role('control-plane')],
  taints: [role('master')],
  dryRunLacks: [],
  randomEnvironment: false,
  annotatedSocket: true,
  packages: { release: '0', cni: '0.8.7', criTools: '1.13.0' },
};

function inCluster(configMap: string): readonly string[] {
  const ask = ['kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', '-n', 'kube-system', 'get', 'configmap'];
  return [...ask, configMap, '-o', 'jsonpath={.data.ClusterConfiguration}'];
}

/** The folder that $KINIT_LAB_BINARIES names; undefined where it names none. */
export function askedBinaries(): string | undefined {
  const folder = process.env['KINIT_LAB_BINARIES'];
  return folder === undefined || folder === '' ? undefined : resolve(folder);
}

/**
 * What runs with the programs of the folder, or v1.20.2 without one. Throws when the folder lacks a program or its file
 * `versions` says too little.
 */
export function labVersion(folder: string | undefined): LabVersion {
  if (folder === undefined) return v1_20;
  const missing = [...programs, 'versions'].filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0) throw new Error(`${folder} lacks ${missing.join(', ')}`);
  const { kubernetes = '', containerd } = versionsOf(folder);
  const [, minor, patch] = (/^v1\.(\d+)\.(\d+)$/.exec(kubernetes) ?? []).map(Number);
  if (minor === undefined || patch === undefined || minor < 20) {
    throw new Error(`${folder}/versions has no line "kubernetes v1.MINOR.PATCH" of v1.20 or later`);
  }
  const runtime = runtimePrograms.filter((name) => existsSync(join(folder, name)));
  if (runtime.length > 0 && containerd === undefined) throw new Error(`${folder}/versions does not tell of containerd`);
  const traits = changes.filter(([since]) => since <= minor).map(([, change]) => change);
  const images = imagesOf(join(folder, 'kubeadm'), kubernetes);
  return Object.assign({}, v1_20, ...traits, {
    kubernetes,
    binaries: {
      folder,
      stamps: [...programs, ...runtime, 'runc', 'etcdctl', 'etcdutl', 'versions'].map((name) => stampOf(folder, name)),
      containerdConfig: containerd?.startsWith('2.') ? 'containerd/config.toml' : 'base/config.toml',
    },
    images,
    imageRepository: images[0]?.replace(/\/kube-apiserver:.*/, ''),
    later: `v1.${minor}.${patch + 2}`,
    containerd: containerd ?? v1_20.containerd,
  });
}

/** The same programs under another number, of which `layers` has them. */
export function renumberedVersion(version: LabVersion, kubernetes: string, layers: string): LabVersion {
  const { major, minor, patch } = parseVersion(kubernetes);
  const later = `v${major}.${minor}.${patch + 2}`;
  return { ...version, kubernetes, layers, images: releaseImages(kubernetes), later };
}

/** A later patch of the version and one of the minor after it, each as long as its own number; none after a last 9. */
export function laterNumbers({
  kubernetes,
}: LabVersion): { readonly patch: string; readonly minor: string } | undefined {
  if (kubernetes.endsWith('9')) return undefined;
  const { major, minor } = parseVersion(kubernetes);
  const patch = kubernetes.replace(/\d$/, '9');
  return { patch, minor: patch.replace(`v${major}.${minor}.`, `v${major}.${minor + 1}.`) };
}

/** As the kubeadm of that version wants them. */
function releaseImages(kubernetes: string): readonly string[] {
  const { images } = releaseFor(parseVersion(kubernetes));
  const control = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'];
  return [
    ...control.map((name) => `${images.repository}/${name}:${kubernetes}`),
    `${images.repository}/pause:${images.pause}`,
    `${images.repository}/etcd:${images.etcd}`,
    `${images.repository}/${images.coreDnsPath}:${images.coreDns}`,
  ];
}

const programs = [
  'kubelet',
  'kubectl',
  'kubeadm',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'etcd',
] as const;

const runtimePrograms = ['containerd', 'containerd-shim-runc-v2', 'ctr'] as const;

/** Lines of a name and a version. */
function versionsOf(folder: string): Readonly<Record<string, string>> {
  const lines = readFileSync(join(folder, 'versions'), 'utf8').split('\n');
  return Object.fromEntries(lines.map((line) => line.trim().split(/\s+/)).filter(([name]) => name !== ''));
}

function stampOf(folder: string, name: string): string {
  const found = statSync(join(folder, name), { throwIfNoEntry: false });
  return found === undefined ? `${name} none` : `${name} ${found.size} ${found.mtimeMs}`;
}

/** kubeadm itself says which. */
const imagesOf = (kubeadm: string, version: string): readonly string[] =>
  execFileSync(kubeadm, ['config', 'images', 'list', '--kubernetes-version', version], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .toString()
    .trim()
    .split('\n');
