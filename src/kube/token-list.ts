import type { BootstrapToken } from '../config/types.ts';
import { defined } from '../defined.ts';
import { jsonText, oneLine } from '../printable.ts';
import { toYaml } from '../yaml.ts';

export const tokenListFormats = ['text', 'json', 'yaml'] as const;
export type TokenListFormat = (typeof tokenListFormats)[number];

/** Tokens as `kubeadm token list` prints them (v1alpha3 of its output group); `now` in milliseconds since the epoch. */
export function tokenList(tokens: readonly BootstrapToken[], format: TokenListFormat, now: number): string {
  return printers[format](tokens, now);
}

const printers = {
  text: (tokens, now) => (tokens.length === 0 ? '' : table([header, ...tokens.map((token) => row(token, now))])),
  json: (tokens) => tokens.map((token) => `${jsonText(document(token), 4)}\n`).join(''),
  yaml: (tokens) => tokens.map((token) => toYaml(document(token))).join('---\n'),
} as const satisfies Record<TokenListFormat, (tokens: readonly BootstrapToken[], now: number) => string>;

function document({ token, description, expires, usages, groups }: BootstrapToken) {
  return {
    kind: 'BootstrapToken',
    apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
    token,
    ...defined({ description, expires }),
    ...(usages.length === 0 ? {} : { usages }),
    ...(groups.length === 0 ? {} : { groups }),
  };
}

const header = ['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS'];
/** kubeadm's: some columns are never narrower, so that rows line up over several calls. */
const narrowest = [0, 9, 0, 22, 56, 0];
const gap = 3;

function row({ token, description, expires, usages, groups }: BootstrapToken, now: number): readonly string[] {
  return [
    token,
    expires === undefined ? '<forever>' : shortDuration(Date.parse(expires) - now),
    expires ?? '<never>',
    usages.join(',') || '<none>',
    description || '<none>',
    groups.join(',') || '<none>',
  ];
}

function table(told: readonly (readonly string[])[]): string {
  const rows = told.map((cells) => cells.map(oneLine));
  const widths = header.map((_, column) =>
    Math.max(narrowest[column] ?? 0, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + gap)))
      .join('');
  return rows.map((cells) => `${line(cells)}\n`).join('');
}

/** One unit only, as k8s.io/apimachinery's ShortHumanDuration. */
function shortDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 60) return `${Math.max(seconds, 0)}s`;
  if (seconds < 60 * 60) return `${Math.trunc(seconds / 60)}m`;
  const hours = Math.trunc(seconds / 3600);
  if (hours < 24) return `${hours}h`;
  return hours < 24 * 365 ? `${Math.trunc(hours / 24)}d` : `${Math.trunc(hours / 24 / 365)}y`;
}
