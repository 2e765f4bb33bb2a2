import { defined } from '../defined.ts';
import { oneLine } from '../printable.ts';
import type { NodeCertificates } from '../workflows/certificates/certificates-on.ts';
import type { EtcdClusterStatus } from '../workflows/cluster/etcd-members.ts';
import type { ClusterStatus } from '../workflows/cluster/status.ts';
import { certificateEnds, daysLeft, soon } from './certificate-ends.ts';
import { table } from './host-table.ts';
import {
  apiServerTable,
  balancerTable,
  componentTable,
  etcdTable,
  nodeTable,
  type StatusTable,
  tolerance,
} from './status-tables.ts';

/** How a cluster is, for a person on a terminal of that width: the API, the hosts as nodes, the control plane, etcd, the certificates. */
export function statusText(status: ClusterStatus, now: number, width?: number): string {
  const sections = [
    apiLine(status),
    text(apiServerTable(status), width),
    text(nodeTable(status), width),
    text(componentTable(status), width),
    etcdText(status.etcd, width),
    text(balancerTable(status), width),
    certificateLines(status.certificates, now),
    snapshotLines(status),
  ];
  return sections.filter((section) => section !== '').join('\n');
}

function text({ head, rows }: StatusTable, width: number | undefined): string {
  return rows.length === 0 ? '' : table(head, rows, width);
}

function etcdText(etcd: EtcdClusterStatus | undefined, width: number | undefined): string {
  if (etcd === undefined) return '';
  if (etcd.problem !== undefined) return `ETCD     ${oneLine(etcd.problem)}\n`;
  return `${text(etcdTable(etcd), width)}${tolerance(etcd)}\n`;
}

/** The same for a machine; days are whole ones that are left. */
export function statusObject(status: ClusterStatus, now: number): object {
  const { certificates, ...rest } = status;
  return {
    ...rest,
    certificates: certificateEnds(certificates).map(({ node, name, notAfter, problem }) => ({
      node,
      name,
      ...defined({ problem }),
      expires: notAfter === undefined ? null : new Date(notAfter).toISOString(),
      daysLeft: notAfter === undefined ? null : daysLeft(notAfter, now),
    })),
  };
}

function apiLine({ server, problem, version, failing }: ClusterStatus): string {
  if (problem !== undefined) return `API      ${oneLine(`${server === undefined ? '' : `${server}: `}${problem}`)}\n`;
  const health = failing.length === 0 ? 'ready' : `not ready: ${failing.join(', ')}`;
  return `API      ${oneLine(`${server}, ${version}, ${health}`)}\n`;
}

function certificateLines(certificates: readonly NodeCertificates[], now: number): string {
  const all = certificateEnds(certificates);
  // Where there is but one control plane, nobody asks whose they are.
  const label = ({ node, name }: { node: string; name: string }) =>
    oneLine(certificates.length > 1 ? `${node}: ${name}` : name);
  const known = all
    .flatMap((end) => (end.notAfter === undefined ? [] : [{ name: label(end), days: daysLeft(end.notAfter, now) }]))
    .sort((a, b) => a.days - b.days);
  const broken = all.flatMap(({ node, problem }) =>
    problem === undefined ? [] : [`  ${oneLine(certificates.length > 1 ? `${node}: ${problem}` : problem)}`],
  );
  const [first] = known;
  if (first === undefined && broken.length === 0) return '';
  const ending = known.filter(({ days }) => days < soon);
  if (first !== undefined && ending.length === 0 && broken.length === 0) {
    return `CERTIFICATES   the first to end is ${first.name}, in ${first.days} days\n`;
  }
  const lines = ending.map(({ name, days }) => `  ${name}: ${days < 0 ? `ended ${-days} days ago` : `${days} days`}`);
  const sections = [
    ...(lines.length === 0 ? [] : ['end soon (kinit certs renew --config FILE):', ...lines]),
    ...(broken.length === 0 ? [] : ['that cannot be read:', ...broken]),
  ];
  return `CERTIFICATES   ${sections.join('\n')}\n`;
}

/** Of snapshots only what is missing is worth a line. */
function snapshotLines({ snapshots }: ClusterStatus): string {
  const late = snapshots.filter(({ overdue }) => overdue);
  if (late.length === 0) return '';
  const lines = late.map(({ node, age, every }) => {
    const last = age === undefined ? 'none is there' : `the last one is ${spoken(age)} old`;
    return `  ${oneLine(`${node}: ${last}, and one is due every ${spoken(every)}`)}`;
  });
  return `SNAPSHOTS      are missing (journalctl -u kinit-etcd-snapshot on the host):\n${lines.join('\n')}\n`;
}

function spoken(seconds: number): string {
  const hours = seconds / 3600;
  if (hours < 1) return counted(Math.round(seconds / 60), 'minute');
  return hours < 48 ? counted(Math.round(hours), 'hour') : counted(Math.floor(hours / 24), 'day');
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
