import { posix } from 'node:path';
import type { Change } from '../../execute/change.ts';
import type { Secret } from '../../secret.ts';
import type { Phase } from '../phase.ts';

/** A control plane whose PKI was lost, and what is known of it. */
export interface LostPki {
  readonly certificatesDir: string;
  /** By paths below that. */
  readonly files: ReadonlyMap<string, Secret>;
}

/** What a control plane lacks of its PKI; what is there stays. */
export const bringPki: Phase<LostPki> = {
  name: 'bring-pki',
  title: 'the PKI of a control plane',
  reads: (lost) => {
    const paths = pathsOf(lost);
    return { paths: [...foldersOf(paths), ...paths] };
  },
  desired: (lost, observed): readonly Change[] => {
    const isThere = (path: string) => (observed.paths.get(path)?.type ?? 'absent') !== 'absent';
    const missing = pathsOf(lost).filter((path) => !isThere(path));
    if (missing.length === 0) return [];
    const says = `[etcd] Bringing back ${missing.length} files of the PKI in ${lost.certificatesDir}`;
    return [
      ...foldersOf(missing)
        .filter((path) => !isThere(path))
        .map((path): Change => ({ kind: 'directory', path, mode: 0o755 })),
      ...[...lost.files]
        .map(([name, content]) => ({ name, content, path: `${lost.certificatesDir}/${name}` }))
        .filter(({ path }) => missing.includes(path))
        .map(({ name, content, path }, at): Change => {
          const mode = name.endsWith('.key') ? 0o600 : 0o644;
          return { kind: 'file', path, content, mode, ...(at === 0 ? { says } : {}) };
        }),
    ];
  },
};

function pathsOf({ certificatesDir, files }: LostPki): readonly string[] {
  return [...files.keys()].map((name) => `${certificatesDir}/${name}`);
}

function foldersOf(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.map((path) => posix.dirname(path)))].toSorted();
}
