import type { Change, EtcdAccess } from '../../execute/change.ts';
import { manifestsDirectory } from '../../release/paths.ts';
import { notStatic } from '../endpoint/ended-process.ts';
import { kubeVipFile, leavingAddress } from '../endpoint/leaving-address.ts';
import type { Phase } from '../phase.ts';

/** A control plane whose certificates are new. */
export interface RenewedControlPlane {
  /** Where it is not said, as after a renewal. */
  readonly restarting?: RestartedComponents;
  /** Its member of etcd; undefined where that runs elsewhere. */
  readonly member: { readonly peerUrl: string; readonly access: EtcdAccess } | undefined;
}

/** Static pods that are to begin anew, and the file that says so until they have. */
export interface RestartedComponents {
  readonly mark: string;
  readonly names: readonly string[];
}

/** Says that certificates of this host are new and its components may still have the old ones; gone when they have begun anew. */
export const renewalMark = '/var/lib/kinit/certificates-renewed';

/** etcd is not among them: it reads its certificates at each connection. */
const afterRenewal: RestartedComponents = {
  mark: renewalMark,
  names: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'],
};

/** The components of a control plane begun anew, once for all of them: they read some certificates only when they start. */
export const restartComponents: Phase<RenewedControlPlane> = {
  name: 'restart-control-plane',
  title: 'the control plane with its new certificates',
  reads: ({ restarting = afterRenewal }) => ({ paths: [restarting.mark, kubeVipFile] }),
  desired: ({ restarting: { mark, names } = afterRenewal }, { paths }): readonly Change[] =>
    paths.get(mark)?.type === 'file'
      ? [
          ...(names.includes('kube-apiserver') ? leavingAddress({ paths }) : []),
          {
            kind: 'command',
            argv: ['sh', '-c', beginAnew, 'kinit', manifestsDirectory, ...names],
            deadline: 400,
            what: 'restarting the control plane',
            says: `[certs] Restarting ${listed(names)}`,
            advice: 'look whether the kubelet runs (`journalctl -u kubelet`), then run the same command again',
          },
        ]
      : [],
};

/** A control plane that answers for itself, with a member of etcd that is well: only then may the next one be touched. */
export const awaitComponents: Phase<RenewedControlPlane> = {
  name: 'await-control-plane',
  title: 'the control plane is well',
  reads: () => ({}),
  desired: ({ member, restarting = afterRenewal }): readonly Change[] => [
    ...(member === undefined
      ? []
      : [
          {
            kind: 'etcd-member',
            how: 'voting',
            ...member,
            deadline: 180,
            advice:
              'look at the container etcd with `crictl ps -a` and `crictl logs CONTAINERID`; then run the same command again',
          } satisfies Change,
        ]),
    {
      kind: 'wait',
      until: { on: 'api', what: 'a ready kube-apiserver', path: '/readyz' },
      deadline: 300,
      advice: 'look at the container kube-apiserver with `crictl ps -a` and `crictl logs CONTAINERID`',
    },
    { kind: 'absent', path: restarting.mark, transient: true },
  ],
};

function listed(names: readonly string[]): string {
  const [last = '', ...others] = names.toReversed();
  return others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`;
}

/**
 * Ends the processes of those names that have a manifest, so that their kubelet starts their containers again in the pods that
 * they have, and waits until all run. So does a kubelet that has met no API server since it began; it would stop no pod whose manifest is taken away.
 * An API server that is only asked goes on for up to a minute, as long as anybody watches, so it is forced after three seconds. With
 * what ended often before, a kubelet waits up to five minutes (pkg/kubelet MaxContainerBackOff), unless it begins anew itself.
 */
const beginAnew = `systemctl is-active -q kubelet || { echo 'the kubelet does not run' >&2; exit 1; }
manifests=$1; shift
# A kernel keeps 15 characters of a name.
for one in "$@"; do shift; [ ! -e "$manifests/$one.yaml" ] || set -- "$@" "$(printf %.15s "$one")"; done
[ $# -gt 0 ] || exit 0
running() {
  for process in /proc/[0-9]*; do
    read -r name <"$process/comm" || continue
    case " $* " in *" $name "*) grep -Eq '${notStatic}' "$process/cgroup" || echo "\${process#/proc/}" ;; esac
  done 2>/dev/null
}
pause() { sleep 0.2 2>/dev/null || sleep 1; }
old=$(running "$@")
left=$old
for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  [ -n "$left" ] || break
  [ "$turn" -gt 1 ] || kill $left 2>/dev/null
  pause
  left=
  for one in $old; do ! kill -0 "$one" 2>/dev/null || left="$left $one"; done
done
[ -z "$left" ] || kill -9 $left 2>/dev/null
now=$(date +%s)
end=$((now + 330)) patience=$((now + 15))
for one in "$@"; do
  until [ -n "$(running "$one")" ]; do
    now=$(date +%s)
    if [ "$now" -ge $end ]; then echo "the kubelet does not start $one again" >&2; exit 1; fi
    if [ "$now" -ge $patience ]; then systemctl restart kubelet; patience=$end; fi
    pause
  done
done`;
