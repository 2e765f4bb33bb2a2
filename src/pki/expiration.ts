import { defined } from '../defined.ts';
import { oneLine } from '../printable.ts';

/** One line of `certs check-expiration`. */
export interface Expiration {
  readonly name: string;
  /** Milliseconds since the epoch; undefined: the certificate is missing. */
  readonly notAfter: number | undefined;
  /** Why it cannot be read, where it is there. */
  readonly problem?: string;
  /** The CA's name; absent for a CA. */
  readonly authority?: string;
  /** The CA that should sign it has no key here. */
  readonly external: boolean;
}

export interface ExpirationInfo {
  readonly certificates: readonly Expiration[];
  readonly authorities: readonly Expiration[];
}

/** The two tables that kubeadm prints (app/cmd/certs.go, written by Go's tabwriter with padding 3 and width 10). */
export function expirationText({ certificates, authorities }: ExpirationInfo, now: number): string {
  const rows = (list: readonly Expiration[], withAuthority: boolean) =>
    list.map(({ name, notAfter, problem, authority, external }) =>
      notAfter === undefined
        ? [
            `${problem === undefined ? '!MISSING!' : '!BROKEN!'} ${name}`,
            ...Array.from({ length: withAuthority ? 4 : 3 }, () => ''),
          ]
        : [
            name,
            expirationDate(notAfter),
            daysText(notAfter - now),
            ...(withAuthority ? [authority ?? ''] : []),
            (external ? 'yes' : 'no').padEnd(8),
          ],
    );
  const own = ['CERTIFICATE', 'EXPIRES', 'RESIDUAL TIME', 'CERTIFICATE AUTHORITY', 'EXTERNALLY MANAGED'];
  const theirs = ['CERTIFICATE AUTHORITY', 'EXPIRES', 'RESIDUAL TIME', 'EXTERNALLY MANAGED'];
  return `${table([own, ...rows(certificates, true)])}\n${table([theirs, ...rows(authorities, false)])}`;
}

/** The same as kubeadm's output API has it (output.kubeadm.k8s.io/v1alpha3 CertificateExpirationInfo), with `problem` beside. */
export function expirationObject({ certificates, authorities }: ExpirationInfo, now: number) {
  const entry = ({ name, notAfter, problem, authority, external }: Expiration) => ({
    name,
    expirationDate: notAfter === undefined ? null : rfc3339(notAfter),
    residualTime: notAfter === undefined ? 0 : Math.trunc((notAfter - now) / 1000),
    externallyManaged: notAfter !== undefined && external,
    ...(authority === undefined || notAfter === undefined ? {} : { caName: authority }),
    missing: notAfter === undefined && problem === undefined,
    ...defined({ problem }),
  });
  return {
    kind: 'CertificateExpirationInfo',
    apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
    certificates: certificates.map(entry),
    certificateAuthorities: authorities.map(entry),
  };
}

/** Columns wide enough for their cells and three spaces; the last one is not padded, but keeps kubeadm's spaces. */
function table(told: readonly (readonly string[])[]): string {
  const rows = told.map((cells) => cells.map((cell) => `${oneLine(cell)}${/ *$/.exec(cell)?.[0] ?? ''}`));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(10, ...rows.map((row) => (row[column] ?? '').length + 3)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('');
  return rows.map((row) => `${line(row)}\n`).join('');
}

function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+/, '');
}

/** Go's `Jan 02, 2006 15:04 MST` in UTC. */
export function expirationDate(milliseconds: number): string {
  const [, day, month, year, time] =
    /^\w+, (\d+) (\w+) (\d+) (\d+:\d+)/.exec(new Date(milliseconds).toUTCString()) ?? [];
  return `${month} ${day}, ${year} ${time} UTC`;
}

/** As k8s.io/apimachinery's ShortHumanDuration: one unit, cut off. */
export function daysText(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 60) return `${Math.max(seconds, 0)}s`;
  if (seconds < 3600) return `${Math.trunc(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.trunc(seconds / 3600)}h`;
  if (seconds < 86_400 * 365) return `${Math.trunc(seconds / 86_400)}d`;
  return `${Math.trunc(seconds / 86_400 / 365)}y`;
}
