import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { withBlock } from '../../execute/own-lines.ts';
import { kubeletDirectory } from '../../release/paths.ts';
import type { JoinContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';
import { edited } from '../prepare/edit.ts';
import type { NodeBalancing } from './balancing.ts';

const file = '/etc/hosts';

/**
 * A node that has its certificate goes the way of the others: until then its kubelet was led to a control plane. Pods in
 * the host's network have a copy of the hosts file as it was when they started; it follows, since kube-proxy looks its
 * server up in it.
 */
export const ownWay: Phase<JoinContext> = {
  name: 'own-way',
  title: 'Way to the API servers',
  reads: ({ balancing }) =>
    balancing?.way === undefined
      ? {}
      : { files: [file], services: ['kubelet'], commands: [staleCopies(balancing.way)] },
  desired: ({ balancing }, observed): readonly Change[] =>
    balancing === undefined ? [] : followed(balancing, observed),
};

function followed({ hostsLines, way }: NodeBalancing, observed: Observed): readonly Change[] {
  if (hostsLines === undefined || way === undefined) return [];
  const changed = edited(
    file,
    observed,
    (text) => withBlock(text, hostsLines),
    `[hosts-file] Leading this node by ${way}`,
  );
  const stale = observed.commands.get(staleCopies(way).join('\0'))?.stdout.trim() ?? '';
  if (changed.length === 0 && stale === '') return [];
  const following: Change = {
    kind: 'command',
    argv: ['sh', '-c', copying, 'kinit', way, patternOf(way)],
    what: 'giving pods in the host’s network the hosts file as it is now',
    advice: `kubectl -n kube-system delete pods -l k8s-app=kube-proxy --field-selector spec.nodeName=NODE does the same for kube-proxy`,
    optional: true,
  };
  return [...changed, following, ...(changed.length === 0 ? [] : [again])];
}

/**
 * A kubelet keeps the connection of its first minute for as long as it watches something over it, v1.36.3 for hours: the
 * control plane that it was led to would stay its only one.
 */
const again: Change = { kind: 'service', name: 'kubelet', state: 'running', restartFor: [file] };

/**
 * Copies that lead another way, a path each. The kubelet's own first line tells which pods have one:
 * pkg/kubelet/kubelet_pods.go managedHostsHeaderWithHostNetwork, v1.18 to v1.36.
 */
function staleCopies(way: string): readonly string[] {
  return ['sh', '-c', looking, 'kinit', way, patternOf(way)];
}

/** `ADDRESS NAME` of whatever address, for grep and sed. */
function patternOf(way: string): string {
  return `^[^#]*[[:space:]]${(way.split(' ')[1] ?? '').replaceAll('.', '\\.')}$`;
}

const each = `
for copy in ${kubeletDirectory}/pods/*/etc-hosts; do
  grep -q '^# Kubernetes-managed hosts file (host network)' "$copy" 2>/dev/null || continue
  grep -q "$2" "$copy" || [ -d "\${copy%/etc-hosts}/volumes/kubernetes.io~configmap/kube-proxy" ] || continue
  ! grep -qxF "$1" "$copy" || continue
`;
const looking = `${each}  echo "$copy"\ndone`;
/** Into the file that is there: a container has it and no other one. */
const copying = `${each}  grep -q "$2" "$copy" || echo "$1" >>"$copy"
  text=$(sed "s/$2/$1/" "$copy") && printf '%s\\n' "$text" >"$copy"\ndone`;
