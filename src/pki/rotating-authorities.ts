import type { staticPodNames } from '../release/paths.ts';
import type { RotationPeriod } from './authority-rotation.ts';

type StaticPod = (typeof staticPodNames)[number];

/** A CA of a cluster, and who has to begin anew to trust another one. */
export interface RotatingAuthority {
  /** As `certs check-expiration` calls it. */
  readonly name: 'ca' | 'etcd-ca' | 'front-proxy-ca';
  /** What it is for. */
  readonly title: string;
  /** Below the certificates' directory, without extension. */
  readonly path: string;
  /** Kubelets, kubeconfigs and pods trust it too, and not control planes alone. */
  readonly everywhere: boolean;
  /** Static pods that read it, or what it signs, only when they start. */
  readonly restarts: Readonly<Record<RotationPeriod, readonly StaticPod[]>>;
}

const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/** etcd reads certificates at each connection, and the CA that it trusts when it starts. */
const table: readonly RotatingAuthority[] = [
  {
    name: 'ca',
    title: 'the CA of the cluster',
    path: 'ca',
    everywhere: true,
    restarts: { trust: components, sign: components, forget: components },
  },
  {
    name: 'etcd-ca',
    title: 'the CA of etcd',
    path: 'etcd/ca',
    everywhere: false,
    restarts: {
      trust: ['etcd', 'kube-apiserver'],
      sign: ['kube-apiserver'],
      forget: ['etcd', 'kube-apiserver'],
    },
  },
  {
    name: 'front-proxy-ca',
    title: 'the CA of the front proxy',
    path: 'front-proxy-ca',
    everywhere: false,
    restarts: { trust: components, sign: components, forget: components },
  },
];

export const rotatingNames = table.map(({ name }) => name);

/** The CA of that name; undefined where there is none. */
export function rotatingAuthority(name: string): RotatingAuthority | undefined {
  return table.find((one) => one.name === name);
}
