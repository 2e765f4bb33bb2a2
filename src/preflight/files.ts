import { bootstrapKubeletConf, kubeletConf, manifestsDirectory, staticPodFiles } from '../release/paths.ts';
import type { Release } from '../release/release.ts';
import { type Check, failure, nameFor } from './problem.ts';
import { isControlPlane, type Subject } from './subject.ts';

export const fileChecks: readonly Check[] = [
  {
    name: 'DirAvailable',
    origin: 'kubeadm',
    reads: (subject, release) => ({ paths: emptyDirectories(subject, release) }),
    check: ({ subject, release, paths, ours }) =>
      emptyDirectories(subject, release).flatMap((path) => {
        const entries = paths.get(path)?.entries ?? [];
        if (entries.length === 0 || ours.paths.has(path)) return [];
        const evidence = `${entries.slice(0, 5).join(' ')}${entries.length > 5 ? ' ...' : ''}`;
        return [failure(nameFor('DirAvailable', path), `${path} is not empty`, { evidence, mend: leftover })];
      }),
  },
  {
    name: 'FileAvailable',
    origin: 'kubeadm',
    reads: (subject) => ({ paths: absentFiles(subject) }),
    check: ({ subject, paths, ours }) =>
      absentFiles(subject).flatMap((path) => {
        const type = paths.get(path)?.type ?? 'absent';
        if (type === 'absent' || ours.paths.has(path)) return [];
        return [failure(nameFor('FileAvailable', path), `${path} already exists`, { mend: leftover })];
      }),
  },
];

const leftover = 'kinit reset removes an earlier cluster from the host';

/** Files that must not be there yet. */
function absentFiles(subject: Subject): readonly string[] {
  return [
    ...(subject.join ? [kubeletConf, bootstrapKubeletConf] : []),
    ...(subject.join && subject.role === 'join-worker' ? [subject.join.caCertPath] : []),
    ...(isControlPlane(subject) ? staticPodFiles : []),
  ];
}

/** Directories that must be empty or absent. */
function emptyDirectories(subject: Subject, release: Release): readonly string[] {
  const { role, cluster } = subject;
  return [
    ...(role !== 'init' && release.preflight.emptyManifestsOnJoin ? [manifestsDirectory] : []),
    ...(isControlPlane(subject) && cluster?.etcd.local ? [cluster.etcd.local.dataDir] : []),
  ];
}
