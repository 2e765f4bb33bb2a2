/** Ports of Kubernetes on a node that are the same in all versions that are served. */
export const apiServerPort = 6443;
export const kubeletPort = 10250;
export const kubeletHealthzPort = 10248;
export const schedulerPort = 10259;
export const controllerManagerPort = 10257;
export const etcdClientPort = 2379;
export const etcdPeerPort = 2380;
export const etcdMetricsPort = 2381;
