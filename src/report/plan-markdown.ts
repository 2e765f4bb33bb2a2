import { english, type Words } from '../messages/language.ts';
import { oneLine, printable } from '../printable.ts';
import { type HostPlan, type PlanEntry, planEntries } from './plan-entry.ts';
import { redact } from './redact.ts';

/**
 * A plan for a merge request: a table of the hosts and, folded, what would be done to each. GitLab's, GitHub's and Gitea's Markdown
 * show it alike; `remarks` are lines of text that follow. No name or text from elsewhere makes markup, mentions anybody or ends a block.
 */
export function plansMarkdown(
  plans: readonly HostPlan[],
  remarks: readonly string[],
  { of: say }: Words = english,
): string {
  const hosts = plans.map(({ host, changes }) => ({ host, entries: planEntries(changes) }));
  const busy = hosts.filter(({ entries }) => entries.length > 0);
  const count = busy.reduce((sum, { entries }) => sum + entries.length, 0);
  const title =
    count === 0
      ? 'nothing to do, everything is as the file says'
      : `${count} change${count === 1 ? '' : 's'} on ${busy.length} of ${hosts.length} host${hosts.length === 1 ? '' : 's'}`;
  const actions = ['create', 'update', 'delete', 'run'] as const;
  const rows = busy.map(({ host, entries }) => {
    const counts = actions.map((action) => String(entries.filter((entry) => entry.action === action).length || ''));
    return `| ${[codeInTable(host), ...counts].join(' | ')} |`;
  });
  const head = ['host', ...actions.map((action) => words[action])].map(say).join(' | ');
  const table = [`| ${head} |`, '| --- | ---: | ---: | ---: | ---: |', ...rows].join('\n');
  const sections = [
    `### kinit: ${say(title)}`,
    ...(count === 0 ? [] : [table]),
    ...busy.map(({ host, entries }) => folded(host, entries, say)),
    ...(remarks.length === 0 ? [] : [fenced(remarks.map((remark) => say(oneLine(remark))).join('\n'), 'text')]),
  ];
  return redact(`${sections.join('\n\n')}\n`);
}

/** A text that is no plan of single changes, as it is. */
export function markdownBlock(text: string): string {
  return `${redact(fenced(printable(text).trimEnd(), 'text'))}\n`;
}

function folded(host: string, entries: readonly PlanEntry[], say: Words['of']): string {
  const items = entries.map(({ phase, action, what, diff }) => {
    const line = `- **${say(words[action])}** ${code(what)} (${code(phase)})`;
    return diff ? `${line}\n\n${fenced(printable(diff), 'diff').replaceAll(/^/gm, '  ')}\n` : line;
  });
  const summary = `<summary><code>${escapedHtml(host)}</code>: ${say(`${entries.length} change${entries.length === 1 ? '' : 's'}`)}</summary>`;
  return `<details>\n${summary}\n\n${items.join('\n')}\n\n</details>`;
}

const words = {
  create: 'create',
  update: 'change',
  delete: 'delete',
  run: 'run',
} as const satisfies Record<PlanEntry['action'], string>;

/** Between more backticks than stand in it (CommonMark 6.1), so that everything in it is as it is. */
function code(text: string): string {
  const line = oneLine(text);
  const ticks = '`'.repeat(longestRun(line) + 1);
  const space = /^`|`$/.test(line) ? ' ' : '';
  return line === '' ? '' : `${ticks}${space}${line}${space}${ticks}`;
}

/** A cell ends at a bar, within code too. */
function codeInTable(text: string): string {
  return code(text).replaceAll('|', '\\|');
}

function fenced(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}

function escapedHtml(text: string): string {
  return oneLine(text).replaceAll(/[&<>"'`*_@#[\]|\\~!]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
