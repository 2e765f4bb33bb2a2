import type { Change, EtcdAccess } from '../../execute/change.ts';
import { kubernetesDirectory, manifestsDirectory, staticPodFile } from '../../release/paths.ts';
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

const held = `${kubernetesDirectory}/kinit-restarted-manifests`;

/** etcd is not among them: it reads its certificates at each connection. */
const afterRenewal: RestartedComponents = {
  mark: renewalMark,
  names: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'],
};

/** The components of a control plane begun anew, once for all of them: they read some certificates only when they start. */
export const restartComponents: Phase<RenewedControlPlane> = {
  name: 'restart-control-plane',
  title: 'the control plane with its new certificates',
  reads: ({ restarting = afterRenewal }) => ({ paths: [restarting.mark] }),
  desired: ({ restarting: { mark, names } = afterRenewal }, { paths }): readonly Change[] =>
    paths.get(mark)?.type === 'file'
      ? [
          {
            kind: 'command',
            argv: [
              'sh',
              '-c',
              restart(names),
              'kinit',
              held,
              manifestsDirectory,
              ...names.map((name) => staticPodFile(name)),
            ],
            deadline: 400,
            what: 'restarting the control plane',
            says: `[certs] Restarting ${listed(names)}`,
            advice: `look whether the kubelet runs (\`journalctl -u kubelet\`), then run the same command again; its manifests are in ${manifestsDirectory} or ${held}`,
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

/** The brackets keep the pattern from matching itself in the command lines of who looks: `[e]tcd`. */
const pattern = (name: string) => name.replace(/^\w/, '[$&]');
const pause = 'sleep 0.2 2>/dev/null || sleep 1';
const runs = (name: string) => `grep -lsa -e '^${name}' -e '^/usr/local/bin/${name}' /proc/[0-9]*/cmdline >/dev/null`;

/**
 * The manifests away until the kubelet has stopped their pods, and back. They come back whatever ends the script; what a
 * power cut left away comes back by the next run.
 */
function restart(names: readonly string[]): string {
  const patterns = names.map(pattern);
  return `held=$1 manifests=$2; shift 2
back() { for f in "$held"/*.yaml; do if [ -e "$f" ]; then mv -f "$f" "$manifests/"; fi; done; rmdir "$held" 2>/dev/null; return 0; }
trap 'back; exit 1' HUP INT TERM PIPE
mkdir -p -m 700 "$held" || exit 1
for f in "$@"; do if [ -e "$f" ]; then mv -f "$f" "$held/" || { back; exit 1; }; fi; done
end=$(($(date +%s) + 120))
while ${patterns.map(runs).join(' || ')}; do
  if [ "$(date +%s)" -ge $end ]; then back; echo 'the kubelet does not stop the pods of the control plane' >&2; exit 1; fi
  ${pause}
done
back
end=$(($(date +%s) + 180))
until ${patterns.map(runs).join(' && ')}; do
  if [ "$(date +%s)" -ge $end ]; then echo 'the kubelet does not start the pods of the control plane again' >&2; exit 1; fi
  ${pause}
done`;
}
