import { pick, type Row, type Verified } from './table.ts';
import type { Version } from './version.ts';

export const verified: Verified = {
  table: 'images',
  upTo: 37,
  source: 'published `kubeadm config images list` of v1.37.1; for v1.37.2 not seen',
};

/** Image repositories, tags and the order in which `config images list` names them. */
export interface ImageRelease {
  /** Where kubeadm takes images from unless told otherwise. */
  readonly repository: string;
  /** CoreDNS below the default repository; every other repository has it at `mirrorCoreDnsPath`. */
  readonly coreDnsPath: string;
  readonly mirrorCoreDnsPath: string;
  readonly etcd: string;
  readonly coreDns: string;
  readonly pause: string;
  /** What follows kube-proxy. */
  readonly listOrder: readonly ('coredns' | 'pause' | 'etcd')[];
}

/** The images tables read at `version`. */
export function imageRelease(version: Version): ImageRelease {
  return {
    repository: pick(repository, version),
    coreDnsPath: pick(coreDnsPath, version),
    mirrorCoreDnsPath: pick(mirrorCoreDnsPath, version),
    etcd: pick(etcd, version),
    coreDns: pick(coreDns, version),
    pause: pick(pause, version),
    listOrder: pick(listOrder, version),
  };
}

/** Tags up to v1.31.2 as minikube's constants_kubeadm_images.go recorded them from `kubeadm config images list`. */
const recorded = 'kubeadm config images list, recorded per patch in minikube constants_kubeadm_images.go';

const repository: readonly Row<string>[] = [
  { from: '1.18', value: 'k8s.gcr.io', source: 'kubeadm v1.20.2 constants' },
  { from: '1.25', value: 'registry.k8s.io', source: 'CHANGELOG-1.25: kubeadm defaults to registry.k8s.io' },
];

const coreDnsPath: readonly Row<string>[] = [
  { from: '1.18', value: 'coredns', source: recorded },
  { from: '1.21', value: 'coredns/coredns', source: `${recorded}; CHANGELOG-1.21` },
];

const mirrorCoreDnsPath: readonly Row<string>[] = [
  { from: '1.18', value: 'coredns', source: recorded },
  { from: '1.21', value: 'coredns/coredns', source: 'kubeadm#2501: v1.21.0 and v1.21.1 nest it in every repository' },
  { from: '1.21.2', value: 'coredns', source: 'kubernetes#102506, kubeadm#2525; kubeadm v1.22.6' },
];

const etcd: readonly Row<string>[] = [
  { from: '1.18', value: '3.4.3-0', source: recorded },
  { from: '1.19', value: '3.4.9-1', source: recorded },
  { from: '1.19.1', value: '3.4.13-0', source: recorded },
  { from: '1.22', value: '3.5.0-0', source: recorded },
  { from: '1.22.17', value: '3.5.6-0', source: recorded },
  { from: '1.23', value: '3.5.1-0', source: recorded },
  { from: '1.23.14', value: '3.5.5-0', source: recorded },
  { from: '1.23.15', value: '3.5.6-0', source: recorded },
  { from: '1.24', value: '3.5.3-0', source: recorded },
  { from: '1.24.8', value: '3.5.5-0', source: recorded },
  { from: '1.24.9', value: '3.5.6-0', source: recorded },
  { from: '1.25', value: '3.5.4-0', source: recorded },
  { from: '1.25.4', value: '3.5.5-0', source: recorded },
  { from: '1.25.5', value: '3.5.6-0', source: recorded },
  { from: '1.25.15', value: '3.5.9-0', source: recorded },
  { from: '1.26', value: '3.5.6-0', source: recorded },
  { from: '1.26.10', value: '3.5.9-0', source: recorded },
  { from: '1.26.13', value: '3.5.10-0', source: recorded },
  { from: '1.27', value: '3.5.7-0', source: recorded },
  { from: '1.27.7', value: '3.5.9-0', source: recorded },
  { from: '1.27.10', value: '3.5.10-0', source: recorded },
  { from: '1.27.12', value: '3.5.12-0', source: recorded },
  { from: '1.28', value: '3.5.9-0', source: recorded },
  { from: '1.28.6', value: '3.5.10-0', source: recorded },
  { from: '1.28.8', value: '3.5.12-0', source: recorded },
  { from: '1.28.14', value: '3.5.15-0', source: recorded },
  { from: '1.29', value: '3.5.10-0', source: recorded },
  { from: '1.29.3', value: '3.5.12-0', source: recorded },
  { from: '1.29.9', value: '3.5.15-0', source: recorded },
  { from: '1.29.11', value: '3.5.16-0', source: recorded },
  { from: '1.30', value: '3.5.12-0', source: recorded },
  { from: '1.30.5', value: '3.5.15-0', source: `${recorded}; kubernetes#126395` },
  { from: '1.31', value: '3.5.15-0', source: recorded },
  {
    from: '1.31.14',
    value: '3.5.24-0',
    source: 'kubernetes#135020 (merged 2025-11); published image list of v1.31.14',
  },
  { from: '1.32', value: '3.5.16-0', source: 'minikube constants_kubeadm_images.go' },
  {
    from: '1.32.10',
    value: '3.5.24-0',
    source: 'kubernetes#135019 (merged 2025-11); published image list of v1.32.13',
  },
  { from: '1.33', value: '3.5.21-0', source: 'kubernetes release-1.33 kubeadm constants' },
  { from: '1.33.6', value: '3.5.24-0', source: 'CHANGELOG-1.33 v1.33.6, kubernetes#135018; manifest of v1.33.7' },
  { from: '1.34', value: '3.6.4-0', source: 'kubeadm v1.34.0 constants' },
  {
    from: '1.34.2',
    value: '3.6.5-0',
    source: 'etcd 3.6.5 is younger than v1.34.1; manifests of v1.34.3, v1.34.9, v1.34.10',
  },
  { from: '1.35', value: '3.6.6-0', source: 'kubeadm v1.35 constants' },
  { from: '1.36', value: '3.6.8-0', source: 'kubeadm v1.36.3 constants; image lists of v1.36.4 and v1.36.5' },
  {
    from: '1.37',
    value: '3.7.0-0',
    source: 'kubernetes/kubernetes#140333; published image lists of v1.37.0 and v1.37.1 (v1.37.2: unverified)',
  },
];

const coreDns: readonly Row<string>[] = [
  { from: '1.18', value: '1.6.7', source: recorded },
  { from: '1.19', value: '1.7.0', source: recorded },
  { from: '1.21', value: 'v1.8.0', source: recorded },
  { from: '1.22', value: 'v1.8.4', source: recorded },
  { from: '1.23', value: 'v1.8.6', source: recorded },
  { from: '1.25', value: 'v1.9.3', source: recorded },
  { from: '1.27', value: 'v1.10.1', source: recorded },
  { from: '1.29', value: 'v1.11.1', source: recorded },
  { from: '1.30.5', value: 'v1.11.3', source: recorded },
  { from: '1.31', value: 'v1.11.1', source: recorded },
  { from: '1.31.1', value: 'v1.11.3', source: recorded },
  { from: '1.33', value: 'v1.12.0', source: 'kubernetes v1.33.0 build/dependencies.yaml; coredns/deployment#306' },
  { from: '1.34', value: 'v1.12.1', source: 'published pod list of v1.34.3; kubeadm release-1.34 constants' },
  { from: '1.35', value: 'v1.13.1', source: 'kubeadm release-1.35 constants' },
  { from: '1.36', value: 'v1.14.2', source: 'kubeadm v1.36.2' },
  { from: '1.37', value: 'v1.14.6', source: 'kubernetes/kubernetes#140497; published image list of v1.37.1' },
];

const pause: readonly Row<string>[] = [
  { from: '1.18', value: '3.2', source: recorded },
  { from: '1.21', value: '3.4.1', source: recorded },
  { from: '1.22', value: '3.5', source: recorded },
  { from: '1.23', value: '3.6', source: recorded },
  { from: '1.24', value: '3.7', source: recorded },
  { from: '1.25', value: '3.8', source: recorded },
  { from: '1.26', value: '3.9', source: recorded },
  { from: '1.31', value: '3.10', source: recorded },
  { from: '1.34', value: '3.10.1', source: 'published image list of v1.34.0' },
  { from: '1.36', value: '3.10.2', source: 'kubeadm v1.36.2; published image list of v1.37.1' },
];

const listOrder: readonly Row<ImageRelease['listOrder']>[] = [
  { from: '1.18', value: ['pause', 'etcd', 'coredns'], source: 'kubeadm v1.20.2; published image lists up to v1.28.5' },
  { from: '1.29', value: ['coredns', 'pause', 'etcd'], source: 'published image list of v1.29.3; kubeadm v1.36.2' },
];
