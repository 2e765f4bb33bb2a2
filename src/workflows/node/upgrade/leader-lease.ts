import { KinitError } from '../../../errors.ts';
import type { Target } from '../../../execute/target.ts';
import type { KubeObject, ObjectRef } from '../../../kube/client.ts';
import { releaseFor } from '../../../release/release.ts';
import type { StaticPodName } from '../../../release/static-pod-arguments.ts';
import type { Version } from '../../../release/version.ts';

/** A component that leads its like, by the Lease that they elect by. */
export interface Leadership {
  readonly component: StaticPodName;
  /** `HOSTNAME_UUID`, anew with each start of the component. */
  readonly identity: string;
  /**
   * Its processes, `PID:START` each (proc(5), starttime): an id alone may be another one's later. None where it has just ended
   * because its API server began anew.
   */
  readonly processes: readonly string[];
}

/** The components' names in /proc/PID/comm, which the kernel cuts off after 15 characters. */
const electing: Partial<Readonly<Record<StaticPodName, string>>> = {
  'kube-controller-manager': 'kube-controller',
  'kube-scheduler': 'kube-scheduler',
};

/** What the component of a host leads before it is begun anew; undefined where another one does, or none elects so. */
export async function leadershipOf(
  component: StaticPodName,
  { from, hostname }: { readonly from: Version; readonly hostname: string },
  { host, kube, signal }: Target,
): Promise<Leadership | undefined> {
  const name = electing[component];
  if (name === undefined || !releaseFor(from).upgrade.electsByLease) return undefined;
  const lease = await kube()
    .then((client) => client.get(leaseOf(component)))
    .catch(unknownWhere);
  const { holderIdentity: identity = '', strategy } = specOf(lease);
  if (strategy !== undefined || !identity.startsWith(`${hostname}_`)) return undefined;
  const told = await host.run(['sh', '-c', processesOf, 'kinit', name], { deadline: 30, signal }).catch(unknownWhere);
  return told?.code === 0 ? { component, identity, processes: told.stdout.split('\n').filter(Boolean) } : undefined;
}

/**
 * Ends a leadership whose process has ended, as the process itself would have (client-go ReleaseOnCancel, which these
 * components do not use): the next leader is there at once, not when the Lease has run out, 15 s later and more. While a
 * process of before still runs, and where anybody else holds the Lease by now, nothing is touched.
 */
export async function endLeadership(
  { component, identity, processes }: Leadership,
  { host, kube, signal }: Target,
): Promise<void> {
  try {
    const argv = ['sh', '-c', replaced, 'kinit', electing[component] ?? '', ...processes];
    const { code } = await host.run(argv, { deadline: 30, signal });
    if (code !== 0) return;
    await (await kube()).patch(leaseOf(component), 'json', [
      { op: 'test', path: '/spec/holderIdentity', value: identity },
      { op: 'replace', path: '/spec/holderIdentity', value: '' },
    ]);
  } catch (error) {
    // It runs out by itself.
    if (!(error instanceof KinitError) || signal.aborted) throw error;
  }
}

/** When a process began; what stands before in /proc/PID/stat may hold blanks. */
const began = `
began() {
  set -- $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null)
  [ $# -ge 20 ] && shift 19 && echo "$1"
}
`;

/** named NAME: its processes. */
const named = `${began}
named() {
  for folder in /proc/[0-9]*; do
    [ "$(cat "$folder/comm" 2>/dev/null)" = "$1" ] || continue
    at=$(began "\${folder#/proc/}") && echo "\${folder#/proc/}:$at"
  done
}
`;

const processesOf = `${named}
named "$1" || :`;

/** Whether one of the name runs and none of these processes does, for as long as a component takes to end. */
const replaced = `${named}
name=$1; shift
is_replaced() {
  runs=" $(echo $(named "$name")) "
  [ "$runs" != '  ' ] || return 1
  for one; do case $runs in *" $one "*) return 1 ;; esac; done
}
for i in 1 2 3 4 5 6 7 8 9 10; do
  ! is_replaced "$@" || exit 0
  sleep 0.3 2>/dev/null || sleep 1
done
exit 1`;

/** Without an answer nobody knows of a leadership. */
function unknownWhere(error: unknown): undefined {
  if (!(error instanceof KinitError)) throw error;
}

function leaseOf(name: string): ObjectRef {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'kube-system', name };
}

function specOf(lease: KubeObject | undefined) {
  return (lease?.['spec'] ?? {}) as { readonly holderIdentity?: string; readonly strategy?: string };
}
