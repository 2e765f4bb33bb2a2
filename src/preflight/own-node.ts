import { bootstrapKubeletConf, kubeletConf, manifestsDirectory, staticPodFiles } from '../release/paths.ts';
import {
  apiServerPort,
  controllerManagerPort,
  etcdClientPort,
  etcdPeerPort,
  kubeletPort,
  schedulerPort,
} from '../release/ports.ts';
import type { Ours } from './problem.ts';
import type { Subject } from './subject.ts';

/** The ports and files of a host that an earlier run has made the node that it is to be. */
export function ownNode({ role, cluster, localAPIEndpoint, join }: Subject): Ours {
  const dataDir = cluster?.etcd.local?.dataDir;
  const bindPort = localAPIEndpoint?.bindPort ?? apiServerPort;
  const controlPlane = [bindPort, controllerManagerPort, schedulerPort, etcdClientPort, etcdPeerPort];
  return {
    ports: new Set([kubeletPort, ...(role === 'join-worker' ? [] : controlPlane)]),
    paths: new Set([
      kubeletConf,
      bootstrapKubeletConf,
      manifestsDirectory,
      ...staticPodFiles,
      ...(join ? [join.caCertPath] : []),
      ...(dataDir === undefined ? [] : [dataDir]),
    ]),
    node: true,
  };
}
