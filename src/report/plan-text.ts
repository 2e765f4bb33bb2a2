import type { Decided } from '../execute/decided.ts';
import { oneLine } from '../printable.ts';
import { type HostPlan, type PlanEntry, planEntries } from './plan-entry.ts';
import { redact } from './redact.ts';

/** What would be done to one host, a line each, with diffs of what holds no secret. */
export function planText(changed: readonly Decided[]): string {
  const entries = planEntries(changed);
  return entries.length === 0 ? 'Nothing to do.\n' : `${entries.map(entryText).join('\n')}\n`;
}

/** What would be done to many hosts, host by host, with a count at the end; hosts with nothing to do are only counted. */
export function plansText(plans: readonly HostPlan[]): string {
  const hosts = plans.map(({ host, changes }) => ({ host, entries: planEntries(changes) }));
  const busy = hosts.filter(({ entries }) => entries.length > 0);
  const count = busy.reduce((sum, { entries }) => sum + entries.length, 0);
  if (count === 0) return 'Nothing to do: everything is as the file says.\n';
  const sections = busy.map(({ host, entries }) => [`# ${host}`, ...entries.map(entryText), ''].join('\n'));
  const idle = hosts.length - busy.length;
  const rest = idle === 0 ? '' : `; nothing to do on ${idle}`;
  return `${sections.join('\n')}\nPlan: ${count} change${count === 1 ? '' : 's'} on ${busy.length} host${busy.length === 1 ? '' : 's'}${rest}.\n`;
}

const signs = { create: '+', update: '~', delete: '-', run: '!' } as const satisfies Record<
  PlanEntry['action'],
  string
>;

/** A file may hold what is secret without being known as such: a mirror's URL with a password. */
function entryText({ phase, action, what, diff }: PlanEntry): string {
  const line = `${signs[action]} [${phase}] ${oneLine(what)}`;
  return redact(diff ? `${line}\n${diff.replaceAll(/^/gm, '    ')}` : line);
}
