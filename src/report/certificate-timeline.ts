import { english, type Words } from '../messages/language.ts';
import { type CertificateEnd, daysLeft, soon } from './certificate-ends.ts';
import { html, type Markup } from './html.ts';

/** Certificates of a node that end on the same day. */
interface Group {
  readonly node: string;
  readonly names: readonly string[];
  readonly notAfter: number;
  readonly days: number;
}

/** Pixels of the drawing, which a page scales. */
const size = { width: 960, label: 250, row: 22, top: 26, right: 110 } as const;
/** Days that the axis has at least and at most: what lasts longer goes on behind its end. */
const axis = { least: 90, most: 400 } as const;

/** How long the certificates of each node last, as a drawing (SVG): the first to end above. Nothing where none is known. */
export function certificateTimeline(
  ends: readonly CertificateEnd[],
  now: number,
  { of: say }: Words = english,
): readonly Markup[] {
  const groups = grouped(ends, now);
  if (groups.length === 0) return [];
  const longest = Math.max(...groups.map(({ days }) => days));
  const days = Math.min(axis.most, Math.max(axis.least, longest));
  const scale = (count: number) =>
    Math.round(((size.width - size.label - size.right) * Math.max(0, Math.min(count, days))) / days);
  const height = size.top + groups.length * size.row + 6;
  return [
    html`<svg viewBox="0 0 ${size.width} ${height}" role="img" aria-label="${say('how long certificates last')}">
${ticks(days, scale, height, now, say('today'))}
${groups.map((group, at) => bar(group, size.top + at * size.row, scale, { days, say }))}
</svg>`,
  ];
}

function ticks(
  days: number,
  scale: (days: number) => number,
  height: number,
  now: number,
  today: string,
): readonly Markup[] {
  const step = days > 200 ? 60 : 30;
  return Array.from({ length: Math.floor(days / step) + 1 }, (_, at) => {
    const x = size.label + scale(at * step);
    const date = new Date(now + at * step * 86_400_000).toISOString().slice(0, 10);
    return html`<line class="tick" x1="${x}" y1="${size.top - 6}" x2="${x}" y2="${height}"/><text class="date" x="${x}" y="12" text-anchor="middle">${at === 0 ? today : date}</text>`;
  });
}

interface Axis {
  readonly days: number;
  readonly say: Words['of'];
}

function bar({ node, names, notAfter, days }: Group, y: number, scale: (days: number) => number, axis: Axis): Markup {
  const state = days < 0 ? 'bad' : days < soon ? 'late' : 'good';
  const [name = ''] = names;
  const label = names.length === 1 ? `${node}: ${name}` : `${node}: ${axis.say(`${names.length} certificates`)}`;
  const width = Math.max(3, scale(days));
  const beyond = days > axis.days ? ' ›' : '';
  const title = `${node}: ${names.join(', ')}: ${new Date(notAfter).toISOString().slice(0, 10)}`;
  return html`<g><title>${title}</title><text class="label" x="${size.label - 10}" y="${y + 14}" text-anchor="end">${shortened(label)}</text><rect class="${state}" x="${size.label}" y="${y + 3}" width="${width}" height="${size.row - 8}" rx="2"/><text x="${size.label + width + 6}" y="${y + 14}">${axis.say(spokenDays(days))}${beyond}</text></g>`;
}

function spokenDays(days: number): string {
  if (days > 2 * 365) return `${Math.floor(days / 365)} years`;
  const count = `${Math.abs(days)} day${Math.abs(days) === 1 ? '' : 's'}`;
  return days < 0 ? `ended ${count} ago` : count;
}

/** Characters that have room beside a bar. */
const most = 36;

function shortened(label: string): string {
  return label.length <= most ? label : `${label.slice(0, most - 1)}…`;
}

function grouped(ends: readonly CertificateEnd[], now: number): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const { node, name, notAfter } of ends) {
    if (notAfter === undefined) continue;
    const days = daysLeft(notAfter, now);
    const key = JSON.stringify([node, days]);
    const there = groups.get(key);
    groups.set(key, { node, days, notAfter, names: [...(there?.names ?? []), name] });
  }
  return [...groups.values()].toSorted((a, b) => a.notAfter - b.notAfter || (a.node < b.node ? -1 : 1));
}
