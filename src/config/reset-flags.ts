import { adminConf, kubernetesDirectory } from '../release/paths.ts';
import { defaults } from './defaults.ts';
import type { ResetDocument } from './documents.ts';
import type { FieldPath, FlagsOf, FlagTable } from './flag-table.ts';
import { sharedFlags } from './shared-flags.ts';

/** The flags of `reset`: kubeadm's (v1.36.2 cmd/reset.go) and kinit's own. A new one is a row here, and what is done with it. */
export const resetFlags = {
  'cert-dir': {
    value: '<path>',
    help: `where the certificates are (default: ${defaults.certificatesDir})`,
    field: 'certificatesDir',
  },
  'cleanup-tmp-dir': {
    help: `empty ${kubernetesDirectory}/tmp too`,
    field: 'cleanupTmpDir',
    besideFile: 'overrides',
  },
  config: { value: '<file>', help: 'configuration file with a ResetConfiguration' },
  'cri-socket': {
    value: '<path>',
    help: 'socket of the container runtime (default: the kubelet’s, else the one that is there)',
    field: 'criSocket',
  },
  'dry-run': { ...sharedFlags['dry-run'], field: 'dryRun', besideFile: 'overrides' },
  force: {
    short: '-f',
    help: 'do not ask; leave an etcd cluster that loses its quorum',
    field: 'force',
    besideFile: 'overrides',
  },
  'ignore-preflight-errors': {
    ...sharedFlags['ignore-preflight-errors'],
    field: 'ignorePreflightErrors',
    besideFile: 'adds',
  },
  kubeconfig: { value: '<file>', help: `administrator’s kubeconfig on the host (default: ${adminConf})` },
  lenient: sharedFlags.lenient,
  parallel: sharedFlags.parallel,
  'skip-phases': { ...sharedFlags['skip-phases'], field: 'skipPhases', besideFile: 'overrides' },
} as const satisfies FlagTable<FieldPath<ResetDocument>>;

/** The flags of `reset`, as commander names them; only what the user gave is there. */
export interface ResetFlags extends FlagsOf<typeof resetFlags> {
  readonly [name: string]: unknown;
}
