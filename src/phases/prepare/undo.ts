import type { Change } from '../../execute/change.ts';
import type { UndoEntry } from '../../execute/changes/undo-entry.ts';
import type { Observed, Reads } from '../../execute/observed.ts';
import { packageRecord, packagesBefore, undoRecord } from '../../execute/record-paths.ts';
import { bundlesFolder, repositoryFile } from '../bundle/context.ts';
import { maySecret } from './edit.ts';
import { reverted } from './reverted.ts';

type FileEntry = UndoEntry & { readonly kind: 'file' };

/** What has to be seen of a host before its preparation is undone. */
export function undoReads(entries: readonly UndoEntry[]): Reads {
  return {
    files: [
      undoRecord,
      packageRecord,
      repositoryFile,
      ...entries.flatMap((entry) => (entry.kind === 'file' ? [entry.path] : [])),
    ],
    paths: [packagesBefore, bundlesFolder, containerdData],
    services: entries.flatMap((entry) => (entry.kind === 'service' ? [entry.name] : [])),
  };
}

/**
 * Everything that preparation has changed back as it was, and the record gone. What cannot be undone is only told. Services
 * that were not there stop first; files come back before the services that read them start again.
 */
export function undoChanges(entries: readonly UndoEntry[], observed: Observed): readonly Change[] {
  const backwards = entries.toReversed();
  const services = backwards.filter((entry) => entry.kind === 'service');
  const packages = linesOf(observed.files.get(packageRecord)?.content?.toString('utf8') ?? '');
  const changes: readonly Change[] = [
    ...services.filter(({ active }) => !active).map(stopped),
    ...backwards.flatMap((entry) => {
      if (entry.kind === 'command') return [{ kind: 'command' as const, argv: entry.argv, optional: true }];
      return entry.kind === 'file' ? restored(entry, observed) : [];
    }),
    ...(packages.length > 0 ? removed(packages) : []),
    { kind: 'absent', path: repositoryFile },
    ...backwards.flatMap((entry) => (entry.kind === 'directory' ? [emptied(entry.path)] : [])),
    ...services.filter(({ active }) => active).map(again),
    { kind: 'absent', path: bundlesFolder },
    { kind: 'absent', path: packagesBefore },
    { kind: 'absent', path: packageRecord },
    { kind: 'absent', path: undoRecord },
    emptied('/var/lib/kinit'),
  ];
  return changes.map((change) => ({ ...change, optional: true }));
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => /^[\w.+-]+$/.test(line));
}

/** The file as it was; where others have edited it since, only kinit's own lines are turned back. */
function restored(entry: FileEntry, observed: Observed): readonly Change[] {
  const { path, before, after } = entry;
  if (before === null) return [{ kind: 'absent', path }];
  const now = observed.files.get(path)?.content?.toString('utf8');
  if (after !== undefined && now === undefined) return [];
  const text = after === undefined || now === undefined ? before.content : reverted(now, before.content, after);
  const { mode, owner } = before;
  return [{ kind: 'file', path, content: maySecret(text), mode, owner, says: `[undo-preparation] Restoring ${path}` }];
}

function stopped({ name, enabled }: UndoEntry & { readonly kind: 'service' }): Change {
  const says = `[undo-preparation] Stopping ${name}`;
  return { kind: 'service', name, state: 'stopped', ...(enabled ? {} : { enabled: false }), says };
}

/** It ran before with what the restored files say; whether it starts at boot is as it was. */
function again({ name, enabled }: UndoEntry & { readonly kind: 'service' }): Change {
  const boot = `systemctl --quiet ${enabled ? 'enable' : 'disable'} "$1"`;
  const script = `systemctl daemon-reload && ${boot} && systemctl restart "$1"`;
  return { kind: 'command', argv: ['sh', '-c', script, 'kinit', name], deadline: 120 };
}

/** Only where nothing is in it. */
function emptied(path: string): Change {
  return { kind: 'command', argv: ['sh', '-c', 'rmdir "$1" 2>/dev/null || :', 'kinit', path] };
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
  const left = packages.flatMap((name) => emptyFolders[name] ?? []).map(emptied);
  const images: Change = { kind: 'absent', path: containerdData, contents: true };
  return [removal, ...(packages.includes('containerd.io') ? [images] : []), ...left];
}

const containerdData = '/var/lib/containerd';

/** What packages and what ran from them leave behind; an administrator's own files keep a folder. */
const emptyFolders: Readonly<Record<string, readonly string[]>> = {
  'containerd.io': [containerdData, '/opt/containerd/bin', '/opt/containerd/lib', '/opt/containerd', '/etc/containerd'],
  kubelet: [
    '/etc/kubernetes/manifests',
    '/etc/kubernetes/pki/etcd',
    '/etc/kubernetes/pki',
    '/etc/kubernetes',
    '/var/lib/kubelet',
    '/var/lib/etcd',
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
