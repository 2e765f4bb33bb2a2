import { defined } from '../defined.ts';
import { oneLine } from '../printable.ts';
import type { NodeCertificates } from '../workflows/certificates/certificates-on.ts';
import type { EtcdClusterStatus } from '../workflows/cluster/etcd-members.ts';
import type { NodeStatus } from '../workflows/cluster/node-status.ts';
import type { ClusterStatus, NoCluster } from '../workflows/cluster/status.ts';
import { table } from './host-table.ts';

/** How a cluster is, for a person on a terminal of that width: the API, the hosts as nodes, the control plane, etcd, the certificates. */
export function statusText(status: ClusterStatus, now: number, width?: number): string {
  const sections = [
    apiLine(status),
    apiServerTable(status, width),
    nodeTable(status, width),
    componentTable(status, width),
    etcdTable(status.etcd, width),
    balancerTable(status, width),
    certificateLines(status.certificates, now),
    snapshotLines(status),
  ];
  return sections.filter((section) => section !== '').join('\n');
}

/** The same for a machine; days are whole ones that are left. */
export function statusObject(status: ClusterStatus, now: number): object {
  const { certificates, ...rest } = status;
  return {
    ...rest,
    certificates: ends(certificates).map(({ node, name, notAfter, problem }) => ({
      node,
      name,
      ...defined({ problem }),
      expires: notAfter === undefined ? null : new Date(notAfter).toISOString(),
      daysLeft: notAfter === undefined ? null : daysLeft(notAfter, now),
    })),
  };
}

/** Every certificate and CA with the node that it lies on. */
function ends(certificates: readonly NodeCertificates[]) {
  return certificates.flatMap(({ node, info }) =>
    [...info.certificates, ...info.authorities].map((end) => ({ ...end, node })),
  );
}

const noCluster: NoCluster = 'there is no cluster yet';

function apiLine({ server, problem, version, failing }: ClusterStatus): string {
  if (problem !== undefined) return `API      ${oneLine(`${server === undefined ? '' : `${server}: `}${problem}`)}\n`;
  const health = failing.length === 0 ? 'ready' : `not ready: ${failing.join(', ')}`;
  return `API      ${oneLine(`${server}, ${version}, ${health}`)}\n`;
}

/** Each for itself, since a balancer shows but one. */
function apiServerTable({ apiServers }: ClusterStatus, width: number | undefined): string {
  if (apiServers.length === 0) return '';
  const rows = apiServers.map(({ node, server = '', problem, failing }) => [
    node,
    server,
    problem === undefined ? (failing.length === 0 ? 'ready' : 'not ready') : 'does not answer',
    problem ?? failing.join(', '),
  ]);
  return table(['API SERVER', 'ADDRESS', 'STATUS', 'REMARKS'], rows, width);
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

function etcdTable(etcd: EtcdClusterStatus | undefined, width: number | undefined): string {
  if (etcd === undefined) return '';
  if (etcd.problem !== undefined) return `ETCD     ${oneLine(etcd.problem)}\n`;
  const rows = etcd.members.map(({ name, peerUrl, role, version = '', databaseBytes, alarms }) => [
    name,
    peerUrl,
    role,
    version,
    databaseBytes === undefined ? '' : mebibytes(databaseBytes),
    alarms.map((alarm) => `alarm ${alarm}`).join(', '),
  ]);
  return `${table(['ETCD MEMBER', 'PEER URL', 'ROLE', 'VERSION', 'DATABASE', 'REMARKS'], rows, width)}${tolerance(etcd)}\n`;
}

/** Per node, since each has its own. */
function balancerTable({ balancers }: ClusterStatus, width: number | undefined): string {
  if (balancers.length === 0) return '';
  const rows = balancers.map(({ node, kind, servers, holds, problem }) => {
    const down = servers.filter(({ isUp }) => !isUp).map(({ name }) => name);
    const left = servers.length - down.length;
    const leads = servers.length === 0 ? '' : `${left} of ${servers.length}`;
    const remarks = [problem, down.length > 0 ? `not ${down.join(', ')}` : undefined, holds && `holds ${holds}`];
    return [node, kind, leads, remarks.filter(Boolean).join('; ')];
  });
  return table(['LOAD BALANCER', 'KIND', 'API SERVERS', 'REMARKS'], rows, width);
}

function tolerance({ tolerates, members }: EtcdClusterStatus): string {
  if (tolerates < 0) return 'etcd has lost its quorum: nothing can be changed until members are back';
  if (members.length === 1) return 'etcd has one member: the cluster does not outlive its loss';
  if (tolerates === 0) return 'the loss of one more member of etcd stops the cluster';
  return `etcd goes on after the loss of ${tolerates === 1 ? 'any one member' : `any ${tolerates} members`}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Days that make a certificate worth a thought: kubeadm's last a year and are renewed by hand or with an upgrade. */
const soon = 30;

function certificateLines(certificates: readonly NodeCertificates[], now: number): string {
  const all = ends(certificates);
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
  if (hours < 1) return `${Math.round(seconds / 60)} minutes`;
  return hours < 48 ? `${Math.round(hours)} hours` : `${Math.floor(hours / 24)} days`;
}

function daysLeft(notAfter: number, now: number): number {
  return Math.floor((notAfter - now) / 86_400_000);
}
