import type { Source } from '../../archive/source.ts';
import type { EtcdPeer } from '../../etcd/members.ts';
import type { Change, EtcdAccess } from '../../execute/change.ts';
import { kubernetesDirectory, manifestsDirectory, staticPodFiles } from '../../release/paths.ts';
import type { Phase } from '../phase.ts';
import { untilEtcdIsGone, untilPodsAreGone } from './until-gone.ts';

/** A control plane of which etcd's data are to be those of a snapshot. */
export interface RestoredMember {
  readonly host: string;
  /** Of the restore: the same for the same snapshot and the same members, so that a run that was killed is found again. */
  readonly id: string;
  readonly name: string;
  readonly peerUrl: string;
  readonly dataDir: string;
  readonly access: EtcdAccess;
  /** All members of the restored cluster. */
  readonly cluster: readonly EtcdPeer[];
  readonly snapshot: Source;
  /** The command line that restores, in a container of etcd's own image, up to its flags. */
  readonly tool: readonly string[];
  /** The flags that let those who watch notice, where the tool has them. */
  readonly flags: readonly string[];
  /** Of the run, for what is set aside. */
  readonly stamp: string;
}

/** Where the manifests of a control plane are while it is stopped: the kubelet does not look there. */
export const heldManifests = `${kubernetesDirectory}/kinit-held-manifests`;

/** The new data beside the old ones, on the same disk: complete as soon as it has this name. */
export function restoredData({ dataDir, id }: Pick<RestoredMember, 'dataDir' | 'id'>): string {
  return `${dataDir}/restored-${id}`;
}

/** The file in it that says that the restored cluster has run: from then on nothing is swapped any more. */
export const doneMark = 'done';

/** The folder of a host in which the snapshot lies as long as it is needed. */
export function uploadFolder({ snapshot }: { readonly snapshot: Pick<Source, 'sha256'> }): string {
  return `/var/lib/kinit/restore-${snapshot.sha256.slice(0, 12)}`;
}

/** The snapshot on the host, and data of it beside those that are there; the cluster runs on. */
export const prepareRestoredData: Phase<RestoredMember> = {
  name: 'restore-data',
  title: 'data of the snapshot',
  reads: (member) => ({ paths: [restoredData(member), uploadFolder(member), `${uploadFolder(member)}/snapshot.db`] }),
  desired: (member, { paths }): readonly Change[] => {
    const target = restoredData(member);
    if (paths.get(target)?.type === 'directory') return [];
    const file = `${uploadFolder(member)}/snapshot.db`;
    const peers = member.cluster.map(({ name, peerURL }) => `${name}=${peerURL}`).join(',');
    const flags = [
      `--name=${member.name}`,
      `--initial-cluster=${peers}`,
      // Else members of before with the same addresses would be members of this cluster too.
      `--initial-cluster-token=kinit-${member.id}`,
      `--initial-advertise-peer-urls=${member.peerUrl}`,
      `--data-dir=${target}.part`,
      ...member.flags,
    ];
    const kilobytes = String(Math.ceil((member.snapshot.size * 1.1) / 1024) + walKilobytes);
    return [
      { kind: 'directory', path: uploadFolder(member), mode: 0o700 },
      { kind: 'directory', path: member.dataDir, mode: 0o700 },
      { kind: 'upload', path: file, mode: 0o600, source: member.snapshot },
      {
        kind: 'command',
        argv: ['sh', '-c', makeData, 'kinit', target, kilobytes, ...member.tool, file, ...flags],
        deadline: 900,
        what: 'making data of the snapshot beside those that are there',
        says: `[etcd] Making data of the snapshot in ${target}; etcd runs on`,
        advice: 'nothing was changed: mend that, and run the same command again',
      },
    ];
  },
};

/** The control plane stopped: its manifests where the kubelet does not see them, and its processes gone. */
export const stopControlPlane: Phase<RestoredMember> = {
  name: 'stop-control-plane',
  title: 'the control plane stopped',
  reads: () => ({ services: ['kubelet'] }),
  desired: ({ peerUrl }): readonly Change[] => [
    // It is the kubelet that stops them.
    { kind: 'service', name: 'kubelet', state: 'running' },
    { kind: 'directory', path: heldManifests, mode: 0o700 },
    {
      kind: 'command',
      argv: ['sh', '-c', move, 'kinit', heldManifests, ...staticPodFiles],
      says: `[etcd] Stopping the control plane: its manifests are in ${heldManifests} meanwhile`,
    },
    ...[untilPodsAreGone(), untilEtcdIsGone(peerUrl)].map(
      (argv): Change => ({
        kind: 'command',
        argv,
        // Without etcd a kubelet waits 34 s for each answer of an API server before it ends that.
        deadline: 300,
        what: 'waiting for the processes of the control plane to end',
        advice:
          'look whether the kubelet runs (`journalctl -u kubelet`), then run the same command again: it goes on from here',
      }),
    ),
  ],
};

/** The old data set aside, the restored ones in their place. */
export const swapData: Phase<RestoredMember> = {
  name: 'swap-data',
  title: 'the data of the snapshot in place',
  reads: () => ({}),
  desired: (member): readonly Change[] => [
    {
      kind: 'command',
      argv: ['sh', '-c', swap, 'kinit', member.dataDir, restoredData(member), member.stamp],
      what: 'putting the restored data in place',
      says: `[etcd] Setting the old data aside as ${member.dataDir}/member.before-${member.stamp}`,
      advice: 'run the same command again: it goes on from here',
    },
  ],
};

/** The manifests back, and a kubelet that has forgotten what it knew of the cluster before. */
export const startControlPlane: Phase<RestoredMember> = {
  name: 'start-control-plane',
  title: 'the control plane started',
  reads: () => ({}),
  desired: (): readonly Change[] => [
    {
      kind: 'command',
      argv: ['sh', '-c', moveBack, 'kinit', heldManifests, manifestsDirectory],
      says: '[etcd] Starting the control plane with the restored data',
    },
    { kind: 'command', argv: ['systemctl', 'restart', 'kubelet'] },
  ],
};

/** The restored member in its cluster, and an API server that serves it. */
export const awaitRestored: Phase<RestoredMember> = {
  name: 'await-restored',
  title: 'the restored cluster',
  reads: () => ({}),
  desired: ({ peerUrl, access }): readonly Change[] => [
    {
      kind: 'etcd-member',
      how: 'voting',
      peerUrl,
      access,
      deadline: 180,
      advice:
        'look at the container etcd with `crictl ps -a` and `crictl logs CONTAINERID`; then run the same command again',
    },
    {
      kind: 'wait',
      until: { on: 'api', what: 'a ready kube-apiserver', path: '/readyz' },
      deadline: 300,
      advice: 'look at the container kube-apiserver with `crictl ps -a` and `crictl logs CONTAINERID`',
    },
  ],
};

/** All members run: no later run swaps data again. */
export const markRestored: Phase<RestoredMember> = {
  name: 'mark-restored',
  title: 'the restore is over',
  reads: (member) => ({ paths: [restoredData(member)] }),
  desired: (member, { paths }): readonly Change[] =>
    paths.get(restoredData(member))?.type === 'directory'
      ? [{ kind: 'file', path: `${restoredData(member)}/${doneMark}`, content: '', mode: 0o600 }]
      : [],
};

/** What is of no use any more; the old data stay. */
export const removeTraces: Phase<RestoredMember> = {
  name: 'remove-traces',
  title: 'what the restore needed',
  reads: (member) => ({ paths: traces(member) }),
  desired: (member): readonly Change[] => traces(member).map((path) => ({ kind: 'absent', path })),
};

function traces(member: RestoredMember): readonly string[] {
  return [uploadFolder(member), `${restoredData(member)}.part`, restoredData(member)];
}

/** Of the first file of a write-ahead log, which etcd allocates at once (SegmentSizeBytes, server/storage/wal/wal.go), and some more. */
const walKilobytes = 80 * 1024;

/** What a killed run has left half made goes first; what is complete has its name by one step. */
const makeData = `target=$1 need=$2; shift 2
rm -rf "$target.part" || exit
free=$(df -Pk "\${target%/*}" | awk 'NR > 1 { print $4 }')
[ "$free" -gt "$need" ] || { echo "no room for $need KiB beside the data: $free KiB are free in \${target%/*}" >&2; exit 28; }
"$@" && [ -d "$target.part/member" ] && chmod 700 "$target.part" "$target.part/member" && sync && mv -T "$target.part" "$target"`;

const move = `held=$1; shift
for file; do [ ! -e "$file" ] || mv -f "$file" "$held/" || exit; done`;

const moveBack = `for file in "$1"/*; do [ ! -e "$file" ] || mv -f "$file" "$2/" || exit; done
rmdir "$1" 2>/dev/null || :`;

/** A step that was done by a run that was killed is not done again. */
const swap = `dir=$1 new=$2 stamp=$3
[ -d "$new/member" ] || exit 0
if [ -e "$dir/member" ]; then mv -T "$dir/member" "$dir/member.before-$stamp" || exit; fi
mv -T "$new/member" "$dir/member" && sync`;
