import type { EtcdClusterStatus } from '../workflows/cluster/etcd-members.ts';
import type { NodeStatus } from '../workflows/cluster/node-status.ts';
import type { ClusterStatus, NoCluster } from '../workflows/cluster/status.ts';

/** One table of a status, as a terminal and a page show it; texts are as whoever they are of has given them. */
export interface StatusTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const noCluster: NoCluster = 'there is no cluster yet';

/** Each for itself, since a balancer shows but one. */
export function apiServerTable({ apiServers }: ClusterStatus): StatusTable {
  const rows = apiServers.map(({ node, server = '', problem, failing }) => [
    node,
    server,
    problem === undefined ? (failing.length === 0 ? 'ready' : 'not ready') : 'does not answer',
    problem ?? failing.join(', '),
  ]);
  return { head: ['API SERVER', 'ADDRESS', 'STATUS', 'REMARKS'], rows };
}

/** The nodes, and the hosts that are none. */
export function nodeTable({ nodes, hosts, problem: silence }: ClusterStatus): StatusTable {
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
  return { head: ['NODE', 'ROLE', 'STATUS', 'VERSION', 'RUNTIME', 'ADDRESS', 'REMARKS'], rows };
}

/** `master` is what a control plane was called too. */
function rolesOf({ roles }: NodeStatus): string {
  const told = roles.includes('control-plane') ? roles.filter((role) => role !== 'master') : roles;
  return told.join(',') || 'worker';
}

function remarks(node: NodeStatus, problem: string | undefined): string {
  return [...node.remarks, ...(problem === undefined ? [] : [`host: ${problem}`])].join('; ');
}

/** The static pods of the control planes. */
export function componentTable({ components }: ClusterStatus): StatusTable {
  const rows = components.map(({ name, node, ready, restarts, remark }) => [
    name,
    node,
    ready ? 'ready' : remark === 'Running' || remark === '' ? 'not ready' : remark,
    String(restarts),
  ]);
  return { head: ['CONTROL PLANE', 'NODE', 'STATUS', 'RESTARTS'], rows };
}

/** The members of etcd as they tell of themselves. */
export function etcdTable({ members }: EtcdClusterStatus): StatusTable {
  const rows = members.map(({ name, peerUrl, role, version = '', databaseBytes, alarms }) => [
    name,
    peerUrl,
    role,
    version,
    databaseBytes === undefined ? '' : mebibytes(databaseBytes),
    alarms.map((alarm) => `alarm ${alarm}`).join(', '),
  ]);
  return { head: ['ETCD MEMBER', 'PEER URL', 'ROLE', 'VERSION', 'DATABASE', 'REMARKS'], rows };
}

/** Per node, since each has its own. */
export function balancerTable({ balancers }: ClusterStatus): StatusTable {
  const rows = balancers.map(({ node, kind, servers, holds, problem }) => {
    const down = servers.filter(({ isUp }) => !isUp).map(({ name }) => name);
    const left = servers.length - down.length;
    const leads = servers.length === 0 ? '' : `${left}/${servers.length}`;
    const remarks = [problem, down.length > 0 ? `not ${down.join(', ')}` : undefined, holds && `holds ${holds}`];
    return [node, kind, leads, remarks.filter(Boolean).join('; ')];
  });
  return { head: ['LOAD BALANCER', 'KIND', 'API SERVERS', 'REMARKS'], rows };
}

/** What losses etcd bears, in a sentence. */
export function tolerance({ tolerates, members }: EtcdClusterStatus): string {
  if (tolerates < 0) return 'etcd has lost its quorum: nothing can be changed until members are back';
  if (members.length === 1) return 'etcd has one member: the cluster does not outlive its loss';
  if (tolerates === 0) return 'the loss of one more member of etcd stops the cluster';
  return `etcd goes on after the loss of ${tolerates === 1 ? 'any one member' : `any ${tolerates} members`}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
