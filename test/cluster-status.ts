import type { ClusterStatus } from '../src/workflows/cluster/status.ts';

/** Midnight, so many days after the day on which the cluster was looked at. */
export const day = (count: number): number => Date.UTC(2026, 0, 1 + count);

const names = ['m1', 'm2', 'm3'] as const;
const end = (name: string, days: number) => ({ name, notAfter: day(days), external: false });

/** Three control planes, well but for one certificate that ends soon. */
export const clusterOfThree: ClusterStatus = {
  server: 'https://10.0.0.10:6443',
  problem: undefined,
  version: 'v1.31.0',
  failing: [],
  components: names.map((node) => ({ name: 'kube-apiserver', node, ready: true, restarts: 0, remark: 'Running' })),
  nodes: names.map((name, at) => ({
    name,
    roles: ['control-plane'],
    ready: true,
    remarks: [],
    version: 'v1.31.0',
    runtime: 'containerd://1.7',
    address: `10.0.0.${11 + at}`,
    system: 'CentOS',
  })),
  hosts: names.map((name) => ({ name, role: 'control-plane', problem: undefined, joined: true })),
  certificates: names.map((node) => ({
    node,
    info: {
      certificates: [end('apiserver', node === 'm2' ? 20 : 300), end('admin.conf', 300)],
      authorities: [end('ca', 3650)],
    },
  })),
  apiServers: [],
  balancers: [],
  etcd: {
    problem: undefined,
    tolerates: 1,
    members: names.map((name, at) => ({
      name,
      id: String(at),
      peerUrl: `https://10.0.0.${11 + at}:2380`,
      role: at === 0 ? 'leader' : 'follower',
      votes: true,
      version: '3.5.16',
      databaseBytes: 1 << 22,
      alarms: [],
    })),
  },
  snapshots: names.map((node) => ({ node, age: 7200, every: 21_600, overdue: false })),
};
