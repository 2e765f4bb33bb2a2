import { defined } from '../defined.ts';
import type { ExpirationInfo } from '../pki/expiration.ts';
import { oneLine } from '../printable.ts';
import type { ClusterStatus, NoCluster, NodeStatus } from '../workflows/cluster/status.ts';
import { table } from './host-table.ts';

/** How a cluster is, for a person on a terminal of that width: the API, the hosts as nodes, the control plane, the certificates. */
export function statusText(status: ClusterStatus, now: number, width?: number): string {
  const sections = [
    apiLine(status),
    nodeTable(status, width),
    componentTable(status, width),
    certificateLines(status.certificates, now),
  ];
  return sections.filter((section) => section !== '').join('\n');
}

/** The same for a machine; days are whole ones that are left. */
export function statusObject(status: ClusterStatus, now: number): object {
  const { certificates, ...rest } = status;
  const entries = [...(certificates?.certificates ?? []), ...(certificates?.authorities ?? [])];
  return {
    ...rest,
    certificates: entries.map(({ name, notAfter, problem }) => ({
      name,
      ...defined({ problem }),
      expires: notAfter === undefined ? null : new Date(notAfter).toISOString(),
      daysLeft: notAfter === undefined ? null : daysLeft(notAfter, now),
    })),
  };
}

const noCluster: NoCluster = 'there is no cluster yet';

function apiLine({ server, problem, version, failing }: ClusterStatus): string {
  if (problem !== undefined) return `API      ${oneLine(`${server === undefined ? '' : `${server}: `}${problem}`)}\n`;
  const health = failing.length === 0 ? 'ready' : `not ready: ${failing.join(', ')}`;
  return `API      ${oneLine(`${server}, ${version}, ${health}`)}\n`;
}

function nodeTable({ nodes, hosts, problem: silence }: ClusterStatus, width: number | undefined): string {
  const nobodyKnows = silence !== undefined && silence !== noCluster;
  const problems = new Map(hosts.map((host) => [host.name, host.problem]));
  const rows = [
    ...nodes.map((node) => [
      node.name,
      rolesOf(node),
      node.ready ? 'Ready' : 'NotReady',
      node.version,
      node.runtime,
      node.address,
      remarks(node, problems.get(node.name)),
    ]),
    ...hosts
      .filter(({ joined }) => !joined)
      .map(({ name, role, problem }) => [
        name,
        role,
        'not joined',
        '',
        '',
        '',
        problem ?? (nobodyKnows ? 'the API does not tell' : 'kinit up joins it'),
      ]),
  ];
  if (rows.length === 0) return '';
  return table(['NODE', 'ROLE', 'STATUS', 'VERSION', 'RUNTIME', 'ADDRESS', 'REMARKS'], rows, width);
}

/** `master` is what a control plane was called too. */
function rolesOf({ roles }: NodeStatus): string {
  const told = roles.includes('control-plane') ? roles.filter((role) => role !== 'master') : roles;
  return told.join(',') || 'worker';
}

function remarks(node: NodeStatus, problem: string | undefined): string {
  return [...node.remarks, ...(problem === undefined ? [] : [`host: ${problem}`])].join('; ');
}

function componentTable({ components }: ClusterStatus, width: number | undefined): string {
  if (components.length === 0) return '';
  const rows = components.map(({ name, node, ready, restarts, remark }) => [
    name,
    node,
    ready ? 'ready' : remark === 'Running' || remark === '' ? 'not ready' : remark,
    String(restarts),
  ]);
  return table(['CONTROL PLANE', 'NODE', 'STATUS', 'RESTARTS'], rows, width);
}

/** Days that make a certificate worth a thought: kubeadm's last a year and are renewed by hand or with an upgrade. */
const soon = 30;

function certificateLines(certificates: ExpirationInfo | undefined, now: number): string {
  if (certificates === undefined) return '';
  const known = [...certificates.certificates, ...certificates.authorities]
    .flatMap(({ name, notAfter }) =>
      notAfter === undefined ? [] : [{ name: oneLine(name), days: daysLeft(notAfter, now) }],
    )
    .sort((a, b) => a.days - b.days);
  const broken = [...certificates.certificates, ...certificates.authorities].flatMap(({ problem }) =>
    problem === undefined ? [] : [`  ${problem.replaceAll('\n', ' ')}`],
  );
  const [first] = known;
  if (first === undefined && broken.length === 0) return '';
  const ending = known.filter(({ days }) => days < soon);
  if (first !== undefined && ending.length === 0 && broken.length === 0) {
    return `CERTIFICATES   the first to end is ${first.name}, in ${first.days} days\n`;
  }
  const lines = ending.map(({ name, days }) => `  ${name}: ${days < 0 ? `ended ${-days} days ago` : `${days} days`}`);
  const sections = [
    ...(lines.length === 0 ? [] : ['end soon (kinit certs renew all):', ...lines]),
    ...(broken.length === 0 ? [] : ['that cannot be read:', ...broken]),
  ];
  return `CERTIFICATES   ${sections.join('\n')}\n`;
}

function daysLeft(notAfter: number, now: number): number {
  return Math.floor((notAfter - now) / 86_400_000);
}
