import type { Observed } from '../../execute/observed.ts';

/** Prints those of the directories that belong to a package: the kubelet's may bring the one of the manifests. */
export function packagedQuestion(directories: readonly string[]): readonly string[] {
  const owned = 'rpm -qf "$path" >/dev/null 2>&1 || dpkg-query -S "$path" >/dev/null 2>&1';
  return ['sh', '-c', `for path; do ! { ${owned}; } || echo "$path"; done`, 'sh', ...directories];
}

/** Whether a directory is there and no package's, so that Kubernetes has made it. */
export function unpackaged({ paths, commands }: Observed, directories: readonly string[]): (path: string) => boolean {
  const answer = commands.get(packagedQuestion(directories).join('\0'));
  const owned = new Set(answer?.stdout.split('\n'));
  return (path) => answer?.code === 0 && paths.get(path)?.type === 'directory' && !owned.has(path);
}
