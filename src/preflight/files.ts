import { always, type Check, failure, nameFor } from './problem.ts';
import { absentFiles, emptyDirectories } from './subject.ts';

export const fileChecks: readonly Check[] = [
  {
    name: 'DirAvailable',
    origin: 'kubeadm',
    applies: always,
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
    applies: always,
    check: ({ subject, paths, ours }) =>
      absentFiles(subject).flatMap((path) => {
        const type = paths.get(path)?.type ?? 'absent';
        if (type === 'absent' || ours.paths.has(path)) return [];
        return [failure(nameFor('FileAvailable', path), `${path} already exists`, { mend: leftover })];
      }),
  },
];

const leftover = 'kinit reset removes an earlier cluster from the host';
