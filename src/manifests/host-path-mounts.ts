import { posix } from 'node:path';
import type { ControlPlaneConfig, ExternalEtcd, HostPathMount } from '../config/types.ts';
import type { ControlPlaneRelease } from '../release/control-plane.ts';
import { compareText } from './arguments.ts';

/** The user's mounts over kubeadm's (by name), sorted by name as kubeadm sorts volumeMounts. */
export function withExtraVolumes(
  mounts: readonly HostPathMount[],
  extra: readonly HostPathMount[],
): readonly HostPathMount[] {
  const merged = new Map([...mounts, ...extra].map((mount) => [mount.name, mount]));
  return [...merged.values()].toSorted((a, b) => compareText(a.name, b.name));
}

/**
 * The certificates of the cluster and those that the host trusts, which kube-apiserver and kube-controller-manager
 * read: of the release's CA directories those that the host has.
 */
export function certificateMounts(
  { cluster }: ControlPlaneConfig,
  { caDirectories }: ControlPlaneRelease,
  present: readonly string[],
): readonly HostPathMount[] {
  return [
    directory('k8s-certs', cluster.certificatesDir),
    directory('ca-certs', trustedCertificates),
    ...caDirectories
      .filter((path) => present.includes(path))
      .map((path) => directory(path.slice(1).replaceAll('/', '-'), path)),
  ];
}

/** The directories of an external etcd's certificates that no other mount covers (kubeadm's getEtcdCertVolumes). */
export function externalEtcdMounts(
  etcd: ExternalEtcd,
  certificatesDir: string,
  { caDirectories }: ControlPlaneRelease,
): readonly HostPathMount[] {
  const covered = [...caDirectories, trustedCertificates, certificatesDir];
  let directories: readonly string[] = [];
  for (const path of [etcd.caFile, etcd.certFile, etcd.keyFile].map((file) => posix.dirname(file))) {
    if (path === '.' || covered.some((prefix) => path.startsWith(prefix))) continue;
    const outside = directories.filter((other) => !other.startsWith(path));
    directories = outside.some((other) => path.startsWith(other)) ? outside : [...outside, path].toSorted(compareText);
  }
  return directories.map((path, index) => directory(`etcd-certs-${index}`, path));
}

/** A directory that the pod sees under its own path, read-only. */
function directory(name: string, path: string): HostPathMount {
  return { ...writableDirectory(name, path), readOnly: true };
}

/** A directory that the pod may write. */
export function writableDirectory(name: string, path: string): HostPathMount {
  return { name, hostPath: path, mountPath: path, pathType: 'DirectoryOrCreate' };
}

/** A file that the pod sees under its own path, read-only. */
export function file(name: string, path: string): HostPathMount {
  return { name, hostPath: path, mountPath: path, readOnly: true, pathType: 'FileOrCreate' };
}

const trustedCertificates = '/etc/ssl/certs';
