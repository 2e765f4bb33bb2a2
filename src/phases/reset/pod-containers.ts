import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import type { ResetContext } from './context.ts';

/** How the pods' containers behind a CRI socket are found and removed. */
interface PodContainers {
  /** Prints an id a line. */
  readonly list: readonly string[];
  remove(ids: readonly string[]): readonly string[];
  /** What an id is one of. */
  readonly noun: 'pod' | 'container';
}

/** The question that finds pods' containers; none where nothing on the host could answer it. */
export function podQuestions(context: ResetContext): readonly (readonly string[])[] {
  const containers = podContainers(context);
  return containers === undefined ? [] : [containers.list];
}

/** Every pod's containers stopped and removed, whatever became of the kubelet. */
export function podRemoval(context: ResetContext, observed: Observed): readonly Change[] {
  const containers = podContainers(context);
  if (containers === undefined) return [];
  const answer = observed.commands.get(containers.list.join('\0'));
  if (answer === undefined || answer.code !== 0) return [noAnswer(answer?.stderr ?? '')];
  const ids = idsIn(answer.stdout);
  if (ids.length === 0) return [];
  return [
    {
      kind: 'command',
      argv: containers.remove(ids),
      deadline: 300,
      optional: true,
      removes: ids.map((id) => `${containers.noun} ${id.slice(0, 13)}`),
      says: `[reset] Removing the containers of pods (${ids.length})`,
    },
  ];
}

/** How many pods the runtime still has; 0 where it does not answer. */
export function podsLeft(context: ResetContext, { commands }: Observed): number {
  const list = podContainers(context)?.list ?? [];
  const answer = commands.get(list.join('\0'));
  return answer?.code === 0 ? idsIn(answer.stdout).length : 0;
}

/** One a line; what a program would take for a flag is none. */
export function idsIn(listed: string): readonly string[] {
  return listed.split(/\s+/).filter((id) => id !== '' && !id.startsWith('-'));
}

function noAnswer(words: string): Change {
  const why = words.trim().split('\n').at(-1) ?? '';
  const text = `[reset] The container runtime does not answer, so pods that it may still run were not removed${why && `: ${why}`}`;
  return { kind: 'note', warning: true, text };
}

function podContainers({ config, facts }: ResetContext): PodContainers | undefined {
  const socket = config.criSocket.replace(/^unix:\/\//, '');
  if (/docker(shim)?\.sock$/.test(socket)) return facts.programs.has('docker') ? dockerPods : undefined;
  if (facts.programs.has('crictl')) return crictl(socket, facts.programs.has('ctr') && /containerd/.test(socket));
  return facts.programs.has('ctr') && /containerd/.test(socket) ? containerd(socket) : undefined;
}

/** Those that dockershim names. */
export const dockerPods: PodContainers = {
  noun: 'container',
  list: ['docker', 'ps', '--all', '--quiet', '--filter', 'name=k8s_'],
  remove: (ids) => ['docker', 'rm', '--force', '--volumes', ...ids],
};

/**
 * kubeadm tries five times, one pod after the other; crictl's own limit of two seconds is less than a pod network may take
 * to let a pod go. What a broken pod network does not let go is then taken from containerd itself.
 */
function crictl(socket: string, thenContainerd: boolean): PodContainers {
  const endpoint = `unix://${socket}`;
  const runtime = ['crictl', '--runtime-endpoint', endpoint];
  const rest = thenContainerd ? socket : '';
  return {
    noun: 'pod',
    list: [...runtime, 'pods', '--quiet'],
    remove: (ids) => ['sh', '-c', `${ofContainerd}${throughCri}`, 'sh', endpoint, rest, ...ids],
  };
}

function containerd(socket: string): PodContainers {
  const script = `${ofContainerd}socket=$1; shift; remove "$@"`;
  return {
    noun: 'container',
    list: ['ctr', '--address', socket, '--namespace', 'k8s.io', 'containers', 'list', '--quiet', criContainers],
    remove: (ids) => ['sh', '-c', script, 'sh', socket, ...ids],
  };
}

/** containerd's CRI plugin labels what it makes; whatever else lives in its namespace stays. */
const criContainers = 'labels."io.cri-containerd.kind"';

/** at_once COMMAND...: beside others, a few at a time; each of them waits for the runtime, not for a processor. */
const manyAtOnce = `
begun=0
at_once() {
  "$@" &
  begun=$((begun + 1))
  [ $((begun % 8)) != 0 ] || wait
}
`;

/**
 * A pod's sandbox last: from containerd 1.7 on only its task takes the pod's shim along, and only where no other task is
 * left (core/runtime/v2/shim.go, Delete), and what is known of it stands in a store of sandboxes too. Once its containers
 * are gone, the CRI plugin has to look again at what there is.
 */
const ofContainerd = `${manyAtOnce}
in_containerd() { ctr --address "$socket" --namespace k8s.io "$@"; }
is_sandbox() { case $sandboxes in *"$1"*) ;; *) return 1 ;; esac; }
end() {
  in_containerd tasks kill --signal SIGKILL "$1" 2>/dev/null
  in_containerd tasks delete --force "$1" >/dev/null 2>&1
}
remove() {
  failed=0
  sandboxes=$(in_containerd containers list --quiet 'labels."io.cri-containerd.kind"==sandbox')
  for id; do is_sandbox "$id" || at_once end "$id"; done
  wait
  for id; do ! is_sandbox "$id" || at_once end "$id"; done
  wait
  for id; do is_sandbox "$id" || in_containerd containers delete "$id" || failed=1; done
  for id; do
    is_sandbox "$id" || continue
    in_containerd sandboxes remove --force "$id" >/dev/null 2>&1
    ! in_containerd containers info "$id" >/dev/null 2>&1 || in_containerd containers delete "$id" || failed=1
  done
  ! systemctl is-active --quiet containerd || systemctl restart containerd || failed=1
  return $failed
}
`;

const throughCri = `
endpoint=$1 socket=$2; shift 2
in_cri() { crictl -r "$endpoint" -t 30s "$@" >/dev/null; }
take() {
  tries=0
  until in_cri stopp "$1" && in_cri rmp "$1"; do
    tries=$((tries + 1))
    [ $tries -lt 5 ] || { echo "$1"; return; }
  done
}
stuck=$(for pod; do at_once take "$pod"; done; wait)
[ -n "$stuck" ] || exit 0
[ -n "$socket" ] || exit 1
remove $(in_containerd containers list --quiet 'labels."io.cri-containerd.kind"')
`;
