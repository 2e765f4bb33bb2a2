import { type PhaseName, phaseTrees } from './phase-trees.ts';
import { controllerManagerPort, schedulerPort } from './ports.ts';
import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'phases',
  upTo: 37,
  source: 'release notes of v1.37 (kubeadm, all items); its source was not seen',
};

/** kubeadm's phases in the order in which its commands run them, and what is waited for. */
export interface PhaseRelease {
  readonly init: readonly PhaseName[];
  readonly join: readonly PhaseName[];
  readonly reset: readonly PhaseName[];
  readonly upgradeApply: readonly PhaseName[];
  readonly upgradeNode: readonly PhaseName[];
  /** Components that must be healthy before `init` (and `join --control-plane`) goes on. */
  readonly healthChecks: readonly HealthCheck[];
  /** What is waited for instead where the configuration sets the gate WaitForAllControlPlaneComponents. */
  readonly gatedHealthChecks: GatedHealthChecks | undefined;
}

export interface HealthCheck {
  readonly component: 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';
  readonly path: string;
  /** The component's default; `--secure-port` of its manifest goes before it, as `bindPort` does for the API server. */
  readonly port: number;
}

export interface GatedHealthChecks {
  readonly on: readonly HealthCheck[];
  readonly off: readonly HealthCheck[];
}

/** The phases tables read at `version`. */
export function phaseRelease(version: Version): PhaseRelease {
  return {
    ...phaseTrees(version),
    healthChecks: pick(healthChecks, version),
    gatedHealthChecks: pick(gatedHealthChecks, version),
  };
}

const apiServer: readonly HealthCheck[] = [{ component: 'kube-apiserver', path: '/healthz', port: 6443 }];
const allByHealthz: readonly HealthCheck[] = [
  ...apiServer,
  { component: 'kube-controller-manager', path: '/healthz', port: controllerManagerPort },
  { component: 'kube-scheduler', path: '/healthz', port: schedulerPort },
];
const allByLivez: readonly HealthCheck[] = [
  { component: 'kube-apiserver', path: '/livez', port: 6443 },
  { component: 'kube-controller-manager', path: '/healthz', port: controllerManagerPort },
  { component: 'kube-scheduler', path: '/livez', port: schedulerPort },
];

const healthChecks: readonly Row<readonly HealthCheck[]>[] = [
  { from: '1.18', value: apiServer, source: 'kubeadm v1.20.2 apiclient.WaitForAPI' },
  {
    from: '1.33',
    value: allByLivez,
    source: 'release notes 1.33: #129620 (gate on by default), 1.32: #128474 (paths)',
  },
];

const gatedHealthChecks: readonly Row<GatedHealthChecks | undefined>[] = [
  { from: '1.18', value: undefined, source: 'kubeadm v1.20.2 features' },
  {
    from: '1.30',
    value: { on: allByHealthz, off: apiServer },
    source: 'release notes 1.30: #123341 (WaitForAllControlPlaneComponents, alpha)',
  },
  { from: '1.32', value: { on: allByLivez, off: apiServer }, source: 'release notes 1.32: #128474' },
  { from: '1.34', value: undefined, source: 'release notes 1.34: #132594 (GA and locked)' },
];
