import { table } from '../../src/report/host-table.ts';
import type { LabHost } from '../lab/host.ts';
import { on } from './bench-host.ts';
import { median, milliseconds } from './measure.ts';

/** Milliseconds from the start of an init until something was so; the kubelet's first start counts. */
export interface TimeLine {
  readonly firstLine: number;
  readonly kubeletStarted: number;
  readonly apiHealthy: number;
  readonly adminAdmitted: number;
  readonly end: number;
  /** Of processor time that the command and what it started used: what a busy machine hardly changes. */
  readonly processor: number;
}

/** Runs an init in a host that is bare, and tells when what was so. Throws with its words when it fails. */
export async function timedInit(host: LabHost, argv: readonly string[]): Promise<TimeLine> {
  const watch = host.run(['timeout', '280', 'node', watcher, host.address], { timeout: 300 });
  const story = await on(host, 'bash', '-c', script, 'bash', ...argv);
  const watched = (await watch).stdout;
  const journal = await on(host, 'journalctl', '--unit=kubelet', '--output=short-unix', '--no-pager', '_PID=1');
  const begin = stamp(story, 'begin');
  const since = (seconds: number) => (seconds - begin) * 1000;
  return {
    firstLine: since(Number(/^line (\S+)/m.exec(story)?.[1])),
    kubeletStarted: since(Number(/^(\S+) .*Started /m.exec(journal)?.[1])),
    apiHealthy: since(stamp(watched, 'healthy')),
    adminAdmitted: since(stamp(watched, 'admitted')),
    end: since(stamp(story, 'end')),
    processor: Number(/^line \S+ processor (\S+)$/m.exec(story)?.[1]) * 1000,
  };
}

const watcher = '/opt/kinit/test/bench/control-plane-watch.mjs';

/** Every line with its time; the lines of both outputs, since kubeadm tells its story on stdout and kinit on stderr. */
const script = `set -o pipefail
TIMEFORMAT='%U %S'
echo "begin $EPOCHREALTIME"
{ time "$@" </dev/null; } 2>&1 | while IFS= read -r line; do
  if [[ $line =~ ^[0-9.]+\\ [0-9.]+$ ]]; then line="processor $(awk '{ print $1 + $2 }' <<<"$line")"; fi
  echo "line $EPOCHREALTIME $line"
done || { code=$?; exit $code; }
echo "end $EPOCHREALTIME"`;

function stamp(text: string, what: string): number {
  return Number(new RegExp(`^${what} (\\S+)$`, 'm').exec(text)?.[1] ?? 'NaN');
}

/** The medians of both sides beside each other. */
export function timeLineTable(ours: readonly TimeLine[], peer: readonly TimeLine[]): string {
  const of = (lines: readonly TimeLine[], which: keyof TimeLine) => median(lines.map((line) => line[which]));
  return table(
    ['WHEN', 'KINIT', 'KUBEADM', 'RATIO'],
    moments.map(([which, what]) => {
      const [our, their] = [of(ours, which), of(peer, which)];
      return [what, milliseconds(our), milliseconds(their), `${(our / their).toFixed(2)} x`];
    }),
  );
}

const moments: readonly (readonly [keyof TimeLine, string])[] = [
  ['firstLine', 'the first line is there'],
  ['kubeletStarted', 'the kubelet is started'],
  ['apiHealthy', 'the API server is healthy'],
  ['adminAdmitted', 'the administrator is let in'],
  ['end', 'the end'],
  ['processor', 'processor time of the command'],
];
