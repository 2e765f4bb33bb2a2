import type { Host } from '../host/host.ts';
import { staticPodFile } from '../release/paths.ts';
import { finalSignIn, type KnownSign, type Sign, signIn } from './signs.ts';

/**
 * Why a node does not come up: the likely cause with the line that shows it, else in its own words, the kubelet's last
 * errors and the last lines of the control plane's containers. Returns '' where the host tells nothing.
 */
export async function diagnose(host: Host): Promise<string> {
  const { stdout } = await host.run(['sh', '-c', lastWords], { deadline: 20 });
  const [kubelet = '', containers = ''] = stdout.split('\u0001');
  const lines = `${kubelet}\n${containers}`.split('\n');
  const known = signIn(lines);
  if (known === undefined)
    return [section('kubelet', kubelet), section('containers', containers)].filter(Boolean).join('\n');
  return causeWith(known);
}

/** The first known cause that the words show, as a sentence that says what to do; undefined where none is known. */
export function likelyCause(words: string): string | undefined {
  const known = signIn([words]);
  return known && sentence(known.sign);
}

/** A cause that no waiting mends, with the line that shows it; undefined where the words show none. */
export function finalCause(words: string): string | undefined {
  const known = finalSignIn(words.split('\n'));
  return known && causeWith(known);
}

function causeWith({ sign, line }: KnownSign): string {
  return `likely cause: ${sentence(sign)}\n  ${line.slice(0, longestLine)}`;
}

function sentence({ cause, mend }: Sign): string {
  return `${cause}: ${mend}`;
}

/** Characters of a log's line that a person reads. */
const longestLine = 400;

const lastWords = String.raw`
{ journalctl -u kubelet -n 200 --no-pager -o cat 2>/dev/null || systemctl status kubelet --no-pager 2>/dev/null; } | grep -E '(^[EF][0-9]{4} |[Ff]ailed|[Ee]rror|fatal)' | grep -v 'Unable to read config path' | tail -n 8
printf '\001'
pods=/var/log/pods/kube-system_
# All others wait for etcd, and talk more.
etcd=$(ls -t "$pods"etcd-*/*/*.log 2>/dev/null | head -n 1)
if [ -n "$etcd" ]; then printf '%s\n' "$etcd"; tail -n 8 "$etcd"
elif [ -e ${staticPodFile('etcd')} ]; then echo 'the kubelet has started no container of etcd yet'
fi
for log in $(ls -t "$pods"*/*/*.log 2>/dev/null | grep -v "^$pods"etcd- | head -n 3); do
  printf '%s\n' "$log"; tail -n 3 "$log"
done
exit 0`;

function section(title: string, words: string): string {
  const lines = words.trim().split('\n').filter(Boolean);
  return lines.length === 0 ? '' : [`${title}:`, ...lines.map((line) => `  ${line.slice(0, longestLine)}`)].join('\n');
}
