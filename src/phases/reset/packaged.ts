import type { Observed } from '../../execute/observed.ts';

/**
 * Prints those of the directories that belong to a package: the kubelet's may bring the one of the manifests. rpm makes a
 * database where it finds none when it is asked (`~/.rpmdb` on Debian), so it is asked only where there is one.
 */
export function packagedQuestion(directories: readonly string[]): readonly string[] {
  const database = `db=$(rpm -E '%{_dbpath}' 2>/dev/null)`;
  const owned = '[ -d "$db" ] && rpm -qf "$path" || dpkg-query -S "$path"';
  return [
    'sh',
    '-c',
    `${database}; for path; do ! { ${owned}; } >/dev/null 2>&1 || echo "$path"; done`,
    'sh',
    ...directories,
  ];
}

/** Whether a directory is there and no package's, so that Kubernetes has made it. */
export function unpackaged({ paths, commands }: Observed, directories: readonly string[]): (path: string) => boolean {
  const answer = commands.get(packagedQuestion(directories).join('\0'));
  const owned = new Set(answer?.stdout.split('\n'));
  return (path) => answer?.code === 0 && paths.get(path)?.type === 'directory' && !owned.has(path);
}
