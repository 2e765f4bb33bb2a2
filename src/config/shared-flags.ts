import type { FlagTable } from './flag-table.ts';

/** Flags that several commands have and mean alike; where their names differ from a row's, the command gives the name. */
export const sharedFlags = {
  'allow-unverified': {
    help: 'take the minor after the newest one too, a pre-release of it for one, with a warning',
  },
  'cri-socket': { value: '<path>', help: 'socket of the container runtime (default: the one that is there)' },
  'config-or-cluster': { value: '<file>', help: 'configuration file; without it the cluster is asked' },
  'dry-run': { help: 'ask the host, change nothing, show what would be done' },
  'host-of-file': {
    value: '<name>',
    list: true,
    help: 'only this host of the file, by name or address; may be repeated',
  },
  'ignore-preflight-errors': {
    value: '<checks>',
    list: true,
    help: 'checks whose errors become warnings; "all" for all of them',
  },
  inventory: { value: '<file>', help: 'file with an Inventory and, if you like, kubeadm’s documents' },
  'inventory-of-cluster': { value: '<file>', help: 'file with the Inventory of the cluster' },
  lenient: { help: 'unknown and duplicate fields in the configuration are only warned of' },
  'node-name': { value: '<name>', help: 'name of the node (default: the hostname)' },
  parallel: { value: '<n>', help: 'how many hosts at a time', default: '32' },
  'parallel-uploads': { value: '<n>', help: 'how many hosts are sent files at a time', default: '4' },
  'skip-phases': { value: '<phases>', list: true, help: 'phases to leave out' },
} as const satisfies FlagTable;

/** `--experimental-patches` is what kubeadm calls `--patches` before v1.22. */
export const patchesFormerly = { name: 'experimental-patches', until: 'v1.22' } as const;
