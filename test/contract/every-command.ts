/** Files that the command lines below name, in the folder where they are run. */
export const clusterFile = 'cluster.yaml';
export const kubeconfigFile = 'admin.conf';

const file = ['--config', clusterFile];
const api = ['--kubeconfig', kubeconfigFile];
const version = ['--kubernetes-version', 'v1.31.0'];

/** What each command does when it is led to a host and a cluster; nothing where it speaks with nobody. */
export const linesOf: Readonly<Record<string, (host: string) => readonly (readonly string[])[]>> = {
  bundle: (host) => [['create', ...file, '--host', host, '--output-file', 'a.bundle']],
  certs: (host) => [
    ['check-expiration', '--host', host],
    ['renew', 'all', '--host', host],
    ['generate-csr', '--host', host],
    ['check-expiration', ...file],
    ['renew', ...file],
    ['recover', ...file],
    ['rotate-ca', ...file],
  ],
  completion: () => [],
  config: (host) => [['images', 'pull', '--host', host, ...version]],
  doctor: (host) => [['--host', host], file],
  down: () => [[...file, '--yes']],
  etcd: (host) => [
    ['force-new-cluster', '--host', host, '--yes'],
    ['snapshot', 'save', '--host', host],
    ['snapshot', 'save', ...file],
    ['snapshot', 'save', '--on-hosts', '--host', host],
    ['snapshot', 'list', '--host', host],
    ['snapshot', 'list', ...file],
    ['status', '--host', host],
    ['defrag', '--host', host],
    ['alarm', 'list', '--host', host],
  ],
  explain: () => [],
  images: (host) => [
    ['pull', '--host', host, ...version],
    ['save', '--host', host, '--output-file', 'a.tar', ...version],
    ['push', 'registry.example', '--host', host, ...version],
  ],
  init: (host) => [
    ['--host', host, ...version],
    ['--host', host, ...version, '--dry-run'],
    ['phase', 'certs', 'all', '--host', host, ...version],
  ],
  join: (host) => [
    ['--host', host, '--control-plane-host', host],
    ['--host', host, ...api],
  ],
  kubeconfig: (host) => [
    ['fetch', '--host', host],
    ['fetch', ...file, '--force'],
  ],
  node: () => [['remove', 'w1', ...file, '--yes']],
  plan: () => [file],
  preflight: () => [file],
  prepare: () => [file],
  reset: (host) => [['--host', host, '--force']],
  status: () => [file],
  support: (host) => [
    ['--host', host, '--output-file', 'a.tar.gz'],
    [...file, '--output-file', 'b.tar.gz'],
  ],
  token: () => [
    ['list', ...api],
    ['create', ...api],
    ['delete', 'abcdef', ...api],
  ],
  unlock: (host) => [['--host', host]],
  up: () => [file],
  upgrade: (host) => [
    [...file],
    [...file, '--dry-run'],
    ['plan', '--host', host],
    ['diff', 'v1.31.4', '--host', host],
    ['apply', 'v1.31.4', '--yes', '--host', host],
    ['node', '--host', host],
  ],
  version: () => [],
};

/** All of them, as they are typed. */
export function commandLines(host: string): readonly (readonly string[])[] {
  return Object.entries(linesOf).flatMap(([name, argvOf]) => argvOf(host).map((argv) => [name, ...argv]));
}
