import { partsOfAnswer, type Question, shell } from './question.ts';

/** The last words of a container of the system's pods. */
export interface ContainerLog {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** How often it was begun anew in its pod. */
  readonly restarts: number;
  /** Seconds since the epoch. */
  readonly modified: number;
  readonly lines: readonly string[];
}

/** Of each container the first errors and the last lines of its newest log; the kubelet keeps them at /var/log/pods/NAMESPACE_POD_UID/CONTAINER/RESTARTS.log. */
export const containerLogsQuestion: Question<readonly ContainerLog[]> = {
  argv: shell(`cd /var/log/pods 2>/dev/null || exit 0
for folder in kube-system_*/*/ kube-flannel_*/*/ calico-system_*/*/; do
  [ -d "$folder" ] || continue
  log=$(ls -t "$folder" 2>/dev/null | grep -E '^[0-9]+[.]log$' | head -n 1)
  [ -n "$log" ] || continue
  printf '\\001%s %s\\n' "$(stat -L -c %Y "$folder$log" 2>/dev/null || echo 0)" "$folder$log"
  case $folder in *_kube-proxy-*) grep -iE 'proxier|kernel modules' "$folder$log" | head -n 6 | cut -c1-600 ;; esac
  grep -m 3 -E ' F (Error|error|E[0-9]{4} .*[Ee]rror)|unknown flag|flag provided' "$folder$log" 2>/dev/null | cut -c1-600
  tail -n 16 "$folder$log" 2>/dev/null | cut -c1-600
  echo
done`),
  parse: (text) => newest(partsOfAnswer(text).flatMap(({ head, lines }) => containerOf(head, lines))),
};

function containerOf(head: string, lines: readonly string[]): readonly ContainerLog[] {
  const [, modified = '', namespace = '', pod = '', container = '', restarts = ''] =
    /^(\d+) ([^_/]+)_([^_/]+)_[^/]+\/([^/]+)\/(\d+)\.log$/.exec(head) ?? [];
  if (container === '') return [];
  const words = lines.map(wordsOf).filter((line) => line.trim() !== '');
  return [{ namespace, pod, container, restarts: Number(restarts), modified: Number(modified), lines: words }];
}

/** Without what the runtime writes before each line (`TIME stderr F `), or around it (docker's JSON). */
function wordsOf(line: string): string {
  const json = /^\{"log":"(.*?)(?:\\n)?","stream"/.exec(line)?.[1];
  if (json !== undefined) return json.replaceAll('\\"', '"').replaceAll('\\t', ' ');
  return line.replace(/^\S+ (?:stdout|stderr) [FP] /, '');
}

/** A pod that was made anew has a folder for each of its lives. */
function newest(all: readonly ContainerLog[]): readonly ContainerLog[] {
  const last = new Map<string, ContainerLog>();
  for (const one of all.toSorted((a, b) => a.modified - b.modified))
    last.set(`${one.namespace} ${one.pod} ${one.container}`, one);
  return [...last.values()];
}
