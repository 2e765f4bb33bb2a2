import { KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { KubeObject } from '../kube/client.ts';

/**
 * Those of a node's pods of which no process runs there any more, by what its kernel tells of control groups: a kubelet may
 * be long in saying so, or never say it. None where the host does not answer, or puts pods elsewhere.
 */
export async function withoutProcesses(
  pods: readonly KubeObject[],
  host: Host,
  signal: AbortSignal,
): Promise<ReadonlySet<KubeObject>> {
  return new Set(endedBy(await told(host, signal), pods));
}

/** The ids of the containers of pods of which a process runs on a host. None where it does not answer. */
export async function runningContainers(host: Host, signal: AbortSignal): Promise<ReadonlySet<string>> {
  return new Set([...(await told(host, signal)).matchAll(/[0-9a-f]{64}/g)].map(([id]) => id));
}

async function told(host: Host, signal: AbortSignal): Promise<string> {
  try {
    return (await host.run(['sh', '-c', processes], { deadline: 30, signal })).stdout;
  } catch (error) {
    if (!(error instanceof KinitError) || signal.aborted) throw error;
    return '';
  }
}

/** A line for each process of a pod, and one for each that only holds a pod's network, which lets go of it last. */
const processes = 'grep -Hsm1 kubepods /proc/[0-9]*/cgroup; grep -Hsx pause /proc/[0-9]*/comm; true';

/** Those that have none of these processes; none at all where no pod of the node is told of, not even its own. */
function endedBy(text: string, pods: readonly KubeObject[]): readonly KubeObject[] {
  const lines = [...text.matchAll(/^\/proc\/(\d+)\/(cgroup|comm):(.*)$/gm)];
  const holders = new Set(lines.flatMap(([, id, kind]) => (kind === 'comm' ? [id] : [])));
  const groups = lines.filter(([, , kind]) => kind === 'cgroup');
  if (groups.length === 0) return [];
  const alive = groups.flatMap(([, id, , group = '']) => (holders.has(id) ? [] : [group]));
  return pods.filter((pod) => {
    const names = groupsOf(pod);
    return names.length > 0 && !alive.some((group) => names.some((name) => group.includes(name)));
  });
}

/**
 * What its control group is called: a pod's UID, which systemd wants without dashes (kubelet cm/cgroup_manager_linux.go).
 * None where its containers run elsewhere, as in a virtual machine of its own.
 */
function groupsOf({ metadata: { uid }, ...pod }: KubeObject): readonly string[] {
  const { runtimeClassName } = (pod['spec'] ?? {}) as { readonly runtimeClassName?: string };
  if (typeof uid !== 'string' || runtimeClassName !== undefined) return [];
  return [`pod${uid}`, `pod${uid.replaceAll('-', '_')}`];
}
