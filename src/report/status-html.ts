import { english, type Words } from '../messages/language.ts';
import type { ClusterStatus } from '../workflows/cluster/status.ts';
import { type CertificateEnd, certificateEnds, daysLeft, soon } from './certificate-ends.ts';
import { certificateTimeline } from './certificate-timeline.ts';
import { html, type Markup } from './html.ts';
import {
  apiServerTable,
  balancerTable,
  componentTable,
  etcdTable,
  nodeTable,
  type StatusTable,
  tolerance,
} from './status-tables.ts';

/** How a cluster is, as one page that needs nothing else: no script, no picture, no font; it prints on white. */
export function statusHtml(status: ClusterStatus, now: number, isHealthy: boolean, words: Words = english): string {
  const say = words.of;
  const { server, version = '', problem, failing, etcd } = status;
  const ends = certificateEnds(status.certificates);
  const time = `${new Date(now).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const state = problem ?? (failing.length > 0 ? `not ready: ${failing.join(', ')}` : `${version}, ready`);
  const [title, heading] =
    server === undefined
      ? [`Cluster, ${time}`, 'Kubernetes']
      : [`Cluster at ${server}, ${time}`, `Kubernetes at ${server}`];
  const page = html`<!DOCTYPE html>
<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${say(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${say(heading)}</h1>
<p><strong class="${isHealthy ? 'good' : 'bad'}">${say(isHealthy ? 'All is well' : 'Something is wrong')}</strong> ${say(state)}</p>
<p class="time">${time}</p>
</header>
${section(words, 'Nodes', nodeTable(status))}
${section(words, 'API servers', apiServerTable(status))}
${section(words, 'Control plane', componentTable(status))}
${etcd === undefined ? [] : section(words, 'etcd', etcdTable(etcd), [html`<p>${say(etcd.problem ?? tolerance(etcd))}</p>`])}
${section(words, 'Load balancers', balancerTable(status))}
${section(words, 'Certificates', certificateTable(ends, now), certificateTimeline(ends, now, words))}
${section(words, 'Snapshots of etcd', snapshotTable(status))}
</body>
</html>
`;
  return page.text;
}

/** Nothing where there is nothing to show. */
function section(
  { of: say }: Words,
  title: string,
  { head, rows }: StatusTable,
  before: readonly Markup[] = [],
): readonly Markup[] {
  if (rows.length === 0 && before.length === 0) return [];
  const used = head.flatMap((_, column) => (column === 0 || rows.some((row) => row[column]) ? [column] : []));
  const cells = (row: readonly string[]) =>
    used.map(
      (column) => html`<td class="${stateOf(head[column] ?? '', row[column] ?? '')}">${say(row[column] ?? '')}</td>`,
    );
  const shown =
    rows.length === 0
      ? []
      : [
          html`<table>
<thead><tr>${used.map((column) => html`<th>${say(head[column] ?? '')}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${cells(row)}</tr>`)}
</tbody>
</table>`,
        ];
  return [
    html`<section>
<h2>${say(title)}</h2>
${before}
${shown}
</section>`,
  ];
}

const wellWords = /^(?:ready|leader|follower|whole|lasts|in time)$/i;
const laterWords = /^(?:starting|learner|ends soon|yet to come)$/i;

/** How the word of a state is shown; other columns have none. */
function stateOf(column: string, word: string): string {
  if (column !== 'STATUS' && !(column === 'ROLE' && /lead|follow|learn|answer|start/.test(word))) return '';
  if (wellWords.test(word)) return 'good';
  return laterWords.test(word) ? 'late' : 'bad';
}

/** What is missing is wanted by nobody, or somebody else tells of it: kubeconfigs that were put away, for one. */
function certificateTable(ends: readonly CertificateEnd[], now: number): StatusTable {
  const rows = ends
    .filter(({ notAfter, problem }) => notAfter !== undefined || problem !== undefined)
    .toSorted((a, b) => (a.notAfter ?? 0) - (b.notAfter ?? 0))
    .map(({ node, name, notAfter, problem = '', authority = '' }) => {
      if (notAfter === undefined) return [node, name, authority, '', '', problem];
      const days = daysLeft(notAfter, now);
      const state = days < 0 ? 'ended' : days < soon ? 'ends soon' : 'lasts';
      return [node, name, authority, new Date(notAfter).toISOString().slice(0, 10), String(days), state];
    });
  return { head: ['NODE', 'CERTIFICATE', 'SIGNED BY', 'ENDS', 'DAYS LEFT', 'STATUS'], rows };
}

function snapshotTable({ snapshots }: ClusterStatus): StatusTable {
  const hours = (seconds: number) => `${(seconds / 3600).toFixed(1)} h`;
  const rows = snapshots.map(({ node, age, every, overdue }) => [
    node,
    age === undefined ? 'none' : hours(age),
    hours(every),
    overdue ? 'missing' : age === undefined ? 'yet to come' : 'in time',
  ]);
  return { head: ['NODE', 'AGE OF THE LAST', 'ONE IS DUE EVERY', 'STATUS'], rows };
}

const style = html`
:root { --ink: #1c2330; --faint: #667085; --line: #d9dee7; --paper: #fff; --good: #18794e; --late: #ad5700; --bad: #c62a2f; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --faint: #98a2b3; --line: #344054; --paper: #12161d; --good: #4cc38a; --late: #f1a10d; --bad: #ff6369; } }
@media print { :root { --ink: #000; --faint: #444; --line: #bbb; --paper: #fff; --good: #18794e; --late: #ad5700; --bad: #c62a2f; color-scheme: light; } @page { margin: 14mm; } tr, svg, h2 { break-inside: avoid; } h2 { break-after: avoid; } thead { display: table-header-group; } body { padding: 0; font-size: 10pt; } }
body { max-width: 62rem; margin: 0 auto; padding: 1.5rem; color: var(--ink); background: var(--paper); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .3rem 0; overflow-wrap: anywhere; }
.time { color: var(--faint); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--faint); font-size: .75rem; font-weight: 600; white-space: nowrap; }
strong.good, td.good { color: var(--good); } td.late { color: var(--late); } strong.bad, td.bad { color: var(--bad); font-weight: 600; }
svg { width: 100%; height: auto; margin: .5rem 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .date { fill: var(--faint); font-size: 11px; } .tick { stroke: var(--line); }
rect.good { fill: var(--good); } rect.late { fill: var(--late); } rect.bad { fill: var(--bad); }
`;
