import type { Change } from '../../execute/change.ts';
import type { UndoEntry } from '../../execute/changes/undo-entry.ts';
import { emptied, undone, undoReads } from '../../execute/journal.ts';
import type { Observed, Reads } from '../../execute/observed.ts';
import { journalFolder, packageRecord, packagesBefore, undoRecord } from '../../execute/record-paths.ts';
import {
  etcdDirectory,
  kubeletDirectory,
  kubernetesDirectory,
  manifestsDirectory,
  pkiDirectory,
} from '../../release/paths.ts';
import { bundlesFolder, repositoryFile } from '../bundle/context.ts';

/** What has to be seen of a host before its preparation is undone. */
export function preparationReads(entries: readonly UndoEntry[]): Reads {
  const { files = [], ...rest } = undoReads(entries);
  return {
    ...rest,
    files: [undoRecord, packageRecord, repositoryFile, ...files],
    paths: [packagesBefore, bundlesFolder, containerdData, journalFolder],
  };
}

/**
 * Everything that preparation has changed back as it was, and the record gone. What cannot be undone is only told. Services
 * that were not there stop first; files come back before the services that read them start again.
 */
export function undoChanges(entries: readonly UndoEntry[], observed: Observed): readonly Change[] {
  const { things, folders, services } = undone(entries, observed, 'undo-preparation');
  const packages = linesOf(observed.files.get(packageRecord)?.content?.toString('utf8') ?? '');
  const changes: readonly Change[] = [
    ...things,
    ...(packages.length > 0 ? removed(packages) : []),
    { kind: 'absent', path: repositoryFile },
    ...folders,
    // With what kinit made in them gone.
    ...packages.flatMap((name) => emptyFolders[name] ?? []).map(emptied),
    ...services,
    { kind: 'absent', path: bundlesFolder },
    { kind: 'absent', path: packagesBefore },
    { kind: 'absent', path: packageRecord },
    // The record before the copies that it names: what it names is there as long as it is.
    { kind: 'absent', path: undoRecord },
    { kind: 'absent', path: journalFolder },
    emptied('/var/lib/kinit'),
  ];
  return changes.map((change) => ({ ...change, optional: true }));
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => /^[\w.+-]+$/.test(line));
}

/** Those alone that kinit's installations brought and that nothing else needs by now; containerd's images go with it. */
function removed(packages: readonly string[]): readonly Change[] {
  const removal: Change = {
    kind: 'command',
    argv: ['sh', '-c', removing, 'kinit', ...packages],
    deadline: 600,
    removes: packages.map((name) => `package ${name}`),
    says: `[undo-preparation] Removing ${packages.length} packages`,
  };
  const images: Change = { kind: 'absent', path: containerdData, contents: true };
  return [removal, ...(packages.includes('containerd.io') ? [images] : [])];
}

const containerdData = '/var/lib/containerd';

/** What packages and what ran from them leave behind; an administrator's own files keep a folder. */
const emptyFolders: Readonly<Record<string, readonly string[]>> = {
  'containerd.io': [containerdData, '/opt/containerd/bin', '/opt/containerd/lib', '/opt/containerd', '/etc/containerd'],
  kubelet: [
    manifestsDirectory,
    `${pkiDirectory}/etcd`,
    pkiDirectory,
    kubernetesDirectory,
    kubeletDirectory,
    etcdDirectory,
  ],
  'kubernetes-cni': ['/opt/cni/bin', '/opt/cni'],
};

/** All at once where nobody else needs any of them, else one by one until only needed ones are left. */
const removing = `
rest=
for name; do if rpm -q --quiet "$name"; then rest="$rest $name"; fi; done
[ -n "$rest" ] || exit 0
if rpm -e --test $rest >/dev/null 2>&1; then rpm -e $rest; exit; fi
while :; do
  left=
  for name in $rest; do rpm -e "$name" >/dev/null 2>&1 || left="$left $name"; done
  [ -n "$left" ] || exit 0
  [ "$left" != "$rest" ] || { echo "other packages need$left" >&2; exit 1; }
  rest=$left
done
`;
