import { exitCodes, KinitError } from '../../errors.ts';
import type { Change, EtcdAccess } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { staticPodFile } from '../../release/paths.ts';
import type { Phase } from '../phase.ts';
import { forcedManifest, isForced, unforcedManifest } from './manifest.ts';

/** A control plane of which the member of etcd is to be a cluster of its own. */
export interface LastMember {
  readonly host: string;
  readonly peerUrl: string;
  readonly dataDir: string;
  /** Of the member itself. */
  readonly access: EtcdAccess;
  /** A run that was killed has asked for it already. */
  readonly isAsked: boolean;
}

export const etcdManifest = staticPodFile('etcd');

/** The member started as a new cluster, from its own data. A run that was killed is found again by the manifest. */
export const forceNewCluster: Phase<LastMember> = {
  name: 'force-new-cluster',
  title: 'etcd of one member',
  reads: ({ dataDir }) => ({ files: [etcdManifest], paths: [`${dataDir}/member`] }),
  desired: (context, observed): readonly Change[] => {
    const { host, dataDir } = context;
    if (observed.paths.get(`${dataDir}/member`)?.type !== 'directory') {
      throw new KinitError(`there are no data of etcd in ${dataDir}/member to go on from; nothing was touched`, {
        host,
        exitCode: exitCodes.preflight,
        hint: 'run this on the control plane that has them, or restore a snapshot with `etcdctl snapshot restore` (from etcd 3.6 on `etcdutl`)',
      });
    }
    const content = forcedManifest(manifestOf(observed));
    if (content === undefined) {
      throw new KinitError(`${etcdManifest} does not have its flags a line each, so nothing was touched`, {
        host,
        exitCode: exitCodes.preflight,
        hint: 'add --force-new-cluster to its command yourself, wait until etcd is healthy, and take it out again',
      });
    }
    return [
      {
        kind: 'file',
        path: etcdManifest,
        content,
        mode: 0o600,
        says: '[etcd] Starting etcd as a new cluster of its own member (--force-new-cluster)',
      },
      // One that has not done so yet is held up by an API server that does not answer: begun anew it looks at its manifests first.
      ...(context.isAsked ? [kubeletAnew, ended(context, 'without')] : []),
      isAlone(context),
    ];
  },
};

/** The flag taken out again, and the control plane up: else etcd would throw out whoever has joined, at its next start. */
export const endNewCluster: Phase<LastMember> = {
  name: 'end-new-cluster',
  title: 'etcd without the flag',
  reads: () => ({ files: [etcdManifest] }),
  desired: (context, observed): readonly Change[] => {
    const manifest = manifestOf(observed);
    if (!isForced(manifest)) return [];
    return [
      {
        kind: 'file',
        path: etcdManifest,
        content: unforcedManifest(manifest),
        mode: 0o600,
        says: '[etcd] Starting etcd once more, without --force-new-cluster',
      },
      // It waits longer and longer with what has failed while there was no quorum, up to five minutes, and forgets that.
      kubeletAnew,
      ended(context, 'with'),
      isAlone(context),
      {
        kind: 'wait',
        until: { on: 'api', what: 'a ready kube-apiserver', path: '/readyz' },
        deadline: 300,
        advice: 'look at the container kube-apiserver with `crictl ps -a` and `crictl logs CONTAINERID`',
      },
    ];
  },
};

const kubeletAnew: Change = { kind: 'command', argv: ['systemctl', 'restart', 'kubelet'] };

/**
 * Ends the etcd of the manifest of before: a kubelet that has begun anew knows it no more, and ends what it does not know only
 * when an API server has told it of its pods, which waits for the new etcd.
 */
function ended({ dataDir }: LastMember, flag: 'with' | 'without'): Change {
  return {
    kind: 'command',
    argv: ['sh', '-c', ending, 'kinit', dataDir, flag],
    deadline: 120,
    what: `waiting for the etcd ${flag} --force-new-cluster to end`,
    advice: 'look whether the kubelet runs, and run the same command again',
  };
}

const ending = `
of_before() {
  for line in /proc/[0-9]*/cmdline; do
    words=$(tr '\\0' ' ' <"$line" 2>/dev/null) || continue
    case $words in etcd\\ *"--data-dir=$1 "* | */etcd\\ *"--data-dir=$1 "*) ;; *) continue ;; esac
    case $words in *--force-new-cluster*) is=with ;; *) is=without ;; esac
    [ $is != "$2" ] || { pid=\${line#/proc/}; echo "\${pid%/cmdline}"; }
  done
}
while found=$(of_before "$1" "$2") && [ -n "$found" ]; do
  kill $found 2>/dev/null
  sleep 0.5 2>/dev/null || sleep 1
done`;

function isAlone({ peerUrl, access }: LastMember): Change {
  return {
    kind: 'etcd-member',
    how: 'alone',
    peerUrl,
    access,
    deadline: 300,
    advice:
      'look whether the kubelet runs, and at the container etcd with `crictl ps -a` and `crictl logs CONTAINERID`; then run the same command again',
  };
}

function manifestOf({ files }: Observed): string {
  return files.get(etcdManifest)?.content?.toString('utf8') ?? '';
}
