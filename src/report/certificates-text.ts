import { daysText, type Expiration, expirationDate } from '../pki/expiration.ts';
import type { NodeEnds } from '../workflows/certificates/everywhere/expiration-everywhere.ts';
import type { RenewalOutcome } from '../workflows/certificates/everywhere/renew-everywhere.ts';
import { table } from './host-table.ts';
import { outcomeTable } from './outcome-table.ts';

/** The certificates of all machines and their CAs, and who could not be asked. */
export function everywhereText(nodes: readonly NodeEnds[], now: number, width?: number): string {
  const rows = nodes.flatMap(({ node, certificates, authorities }) =>
    [...certificates, ...authorities].map((one: Expiration) => [node, ...cells(one, now)]),
  );
  const failed = nodes.filter(({ error }) => error !== undefined);
  const tables = [
    ...(rows.length === 0
      ? []
      : [table(['NODE', 'CERTIFICATE', 'EXPIRES', 'RESIDUAL TIME', 'SIGNED BY'], rows, width)]),
    ...(failed.length === 0
      ? []
      : [
          outcomeTable(
            ['RESULT'],
            failed.map(({ node: host, error }) => ({ host, cells: ['not known'], error })),
            width,
          ),
        ]),
  ];
  return tables.join('\n');
}

function cells({ name, notAfter, problem, authority = 'itself' }: Expiration, now: number): readonly string[] {
  if (notAfter === undefined) return [name, problem ?? 'missing', '', authority];
  return [name, expirationDate(notAfter), notAfter < now ? 'expired' : daysText(notAfter - now), authority];
}

/** The same for machines. */
export function everywhereObject(nodes: readonly NodeEnds[], now: number) {
  const one = ({ name, notAfter, problem, authority }: Expiration) => ({
    name,
    expirationDate: notAfter === undefined ? null : new Date(notAfter).toISOString(),
    residualSeconds: notAfter === undefined ? null : Math.floor((notAfter - now) / 1000),
    signedBy: authority ?? null,
    problem: problem ?? null,
  });
  return {
    nodes: nodes.map(({ node, certificates, authorities, error }) => ({
      node,
      certificates: certificates.map(one),
      certificateAuthorities: authorities.map(one),
      error: error?.message ?? null,
    })),
  };
}

/** What became of each machine whose certificates were to be renewed. */
export function renewalText(outcomes: readonly RenewalOutcome[], width?: number): string {
  const rows = outcomes.map(({ host, role, result, what, error }) => ({
    host,
    cells: [role, result, what],
    error,
  }));
  return outcomeTable(['ROLE', 'RESULT', 'NEW CERTIFICATES'], rows, width);
}
