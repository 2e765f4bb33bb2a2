import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'lines',
  upTo: 37,
  source: 'release notes of v1.37 (kubeadm, all items); its source was not seen',
};

/** kubeadm's lines where they differ between versions: scripts and people look for them. */
export interface LineRelease {
  /** Before the control plane is waited for. */
  readonly bootUp: (folder: string, timeout: string) => string;
  readonly kubelet: WaitLines;
  /** Where the API server alone is waited for. */
  readonly apiServer: WaitLines;
  /** How to pull images before `init` does. */
  readonly pullBeforehand: string;
  /** Before the cluster's configuration is read, by `join`. */
  readonly readsConfiguration: readonly string[];
  /** How the line of a bootstrap token's right begins. */
  readonly configured: string;
}

/** What is said of a wait; nothing where a line is missing. `%v` is the time that it took as Go prints it, `%f` its seconds. */
export interface WaitLines {
  readonly waiting?: (url: string, timeout: string) => string;
  readonly healthy?: string;
  readonly unhealthy?: string;
}

/** The lines of kubeadm at `version`. */
export function lineRelease(version: Version): LineRelease {
  return {
    bootUp: pick(bootUp, version),
    kubelet: pick(kubelet, version),
    apiServer: pick(apiServer, version),
    pullBeforehand: pick(pullBeforehand, version),
    readsConfiguration: pick(readsConfiguration, version).map((text) => `[preflight] ${text}`),
    configured: `[bootstrap-token] ${pick(configured, version)} RBAC rules to allow`,
  };
}

/** Of each component where all are waited for (apiclient/wait.go WaitForControlPlaneComponents, v1.31.14 and v1.36.3). */
export const componentLines = {
  waiting: (timeout: string) =>
    `[control-plane-check] Waiting for healthy control plane components. This can take up to ${timeout}`,
  checking: (component: string, url: string) => `[control-plane-check] Checking ${component} at ${url}`,
  healthy: (component: string) => `[control-plane-check] ${component} is healthy after %v`,
  unhealthy: (component: string) => `[control-plane-check] ${component} is not healthy after %v`,
} as const;

/** Where its port is 0 (apiclient/wait.go WaitForKubelet, v1.31.14 and v1.36.3). */
export const kubeletUnchecked =
  '[kubelet-check] Skipping the kubelet health check because the healthz port is set to 0';

const waitingFor = (folder: string) =>
  `[wait-control-plane] Waiting for the kubelet to boot up the control plane as static Pods from directory "${folder}"`;

const bootUp: readonly Row<LineRelease['bootUp']>[] = [
  {
    from: '1.18',
    value: (folder, timeout) => `${waitingFor(folder)}. This can take up to ${timeout}`,
    source: 'kubeadm v1.20.2 cmd/phases/init/waitcontrolplane.go; printed by v1.24 and v1.29',
  },
  { from: '1.30', value: waitingFor, source: 'printed by v1.30; kubeadm v1.31.14, v1.36.3' },
];

const healthyKubelet = {
  healthy: '[kubelet-check] The kubelet is healthy after %v',
  unhealthy: '[kubelet-check] The kubelet is not healthy after %v',
} as const;

const kubelet: readonly Row<WaitLines>[] = [
  { from: '1.18', value: {}, source: 'kubeadm v1.20.2 apiclient/wait.go: a healthy kubelet is not told' },
  {
    from: '1.30',
    value: {
      ...healthyKubelet,
      waiting: (_, timeout) => `[kubelet-check] Waiting for a healthy kubelet. This can take up to ${timeout}`,
    },
    source: 'printed by v1.30.0 and v1.30.2',
  },
  {
    from: '1.31',
    value: {
      ...healthyKubelet,
      waiting: (url, timeout) =>
        `[kubelet-check] Waiting for a healthy kubelet at ${url}. This can take up to ${timeout}`,
    },
    source: 'kubeadm v1.31.14, v1.36.3 apiclient/wait.go',
  },
];

const apiServer: readonly Row<WaitLines>[] = [
  {
    from: '1.18',
    value: { healthy: '[apiclient] All control plane components are healthy after %f seconds' },
    source: 'kubeadm v1.20.2 apiclient/wait.go WaitForAPI; printed by v1.24 and v1.29',
  },
  {
    from: '1.30',
    value: {
      waiting: (_, timeout) => `[api-check] Waiting for a healthy API server. This can take up to ${timeout}`,
      healthy: '[api-check] The API server is healthy after %v',
      unhealthy: '[api-check] The API server is not healthy after %v',
    },
    source: 'printed by v1.30; kubeadm v1.31.14, v1.32 apiclient/wait.go WaitForAPI',
  },
];

const pullBeforehand: readonly Row<string>[] = [
  {
    from: '1.18',
    value: "[preflight] You can also perform this action in beforehand using 'kinit config images pull'",
    source: 'kubeadm v1.20.2 cmd/phases/init/preflight.go; printed by v1.30.2',
  },
  {
    from: '1.31',
    value: "[preflight] You can also perform this action beforehand using 'kinit config images pull'",
    source: 'kubeadm v1.31.14, v1.36.3 cmd/phases/init/preflight.go',
  },
];

const reading = 'Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...';

/** kubeadm names itself as the program that uploads. */
const readsConfiguration: readonly Row<readonly string[]>[] = [
  {
    from: '1.18',
    value: [
      'Reading configuration from the cluster...',
      "FYI: You can look at this config file with 'kubectl -n kube-system get cm kubeadm-config -o yaml'",
    ],
    source: 'kubeadm v1.20.2, v1.31.14 util/config/cluster.go',
  },
  {
    from: '1.32',
    value: [reading, "Use 'kinit init phase upload-config --config your-config.yaml' to re-upload it."],
    source: 'kubeadm v1.32 util/config/cluster.go',
  },
  {
    from: '1.33',
    value: [reading, "Use 'kinit init phase upload-config --config your-config-file' to re-upload it."],
    source: 'kubeadm v1.33 util/config/cluster.go',
  },
  {
    from: '1.34',
    value: [reading, "Use 'kinit init phase upload-config kubeadm --config your-config-file' to re-upload it."],
    source: 'kubeadm v1.34, v1.36.3 util/config/cluster.go',
  },
];

const configured: readonly Row<string>[] = [
  {
    from: '1.18',
    value: 'configured',
    source: 'kubeadm v1.20.2 bootstraptoken/node/tlsbootstrap.go; printed by v1.23',
  },
  { from: '1.24', value: 'Configured', source: 'printed by v1.24.9; kubeadm v1.31.14, v1.36.3' },
];
