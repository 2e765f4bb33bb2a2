import { adminConf } from '../release/paths.ts';
import type { JoinDocument } from './documents.ts';
import { type FieldPath, type FlagsOf, type FlagTable, withFlags } from './flag-table.ts';
import { parsePort, type ReportFlag } from './flag-values.ts';
import { patchesFormerly, sharedFlags } from './shared-flags.ts';

/** The flags of `join`: kubeadm's (v1.36.2 cmd/join.go) and kinit's own. A new one is a row here, and what is done with it. */
export const joinFlags = {
  'allow-unverified': sharedFlags['allow-unverified'],
  'control-plane': { help: 'join as a control plane', field: 'controlPlane', read: () => ({}) },
  'apiserver-advertise-address': {
    value: '<ip>',
    help: 'address of a new control plane’s API server',
    field: 'controlPlane.localAPIEndpoint.advertiseAddress',
    only: 'control-plane',
  },
  'apiserver-bind-port': {
    value: '<port>',
    help: 'port of a new control plane’s API server',
    field: 'controlPlane.localAPIEndpoint.bindPort',
    read: parsePort,
    only: 'control-plane',
  },
  'certificate-key': {
    value: '<key>',
    help: 'decrypts the uploaded certificates',
    field: 'controlPlane.certificateKey',
    only: 'control-plane',
  },
  config: { value: '<file>', help: 'configuration file with a JoinConfiguration' },
  'control-plane-host': {
    value: '<target>',
    help: 'read the administrator’s kubeconfig there and reach the API through it, over SSH; a joining control plane gets from it what all of them share',
  },
  'cri-socket': {
    ...sharedFlags['cri-socket'],
    field: 'nodeRegistration.criSocket',
    besideFile: 'overrides in some releases',
  },
  endpoint: {
    argument: 'HOST:PORT',
    help: 'host:port of the API server',
    field: 'discovery.bootstrapToken.apiServerEndpoint',
  },
  // Before the two tokens that it stands for where they are not named.
  token: {
    value: '<token>',
    help: 'token for both discovery and TLS bootstrap',
    field: ['discovery.bootstrapToken.token', 'discovery.tlsBootstrapToken'],
  },
  'discovery-file': {
    value: '<file>',
    help: 'file or https URL with the cluster’s kubeconfig',
    field: 'discovery.file.kubeConfigPath',
  },
  'discovery-token': {
    value: '<token>',
    help: 'token that validates what the cluster says of itself',
    field: 'discovery.bootstrapToken.token',
  },
  'discovery-token-ca-cert-hash': {
    value: '<hashes>',
    list: true,
    help: 'sha256:HEX of a CA key that the cluster must have',
    field: 'discovery.bootstrapToken.caCertHashes',
  },
  'discovery-token-unsafe-skip-ca-verification': {
    help: 'join without pinning the CA',
    field: 'discovery.bootstrapToken.unsafeSkipCAVerification',
  },
  'dry-run': { ...sharedFlags['dry-run'], field: 'dryRun', besideFile: 'overrides' },
  'ignore-preflight-errors': {
    ...sharedFlags['ignore-preflight-errors'],
    field: 'nodeRegistration.ignorePreflightErrors',
    besideFile: 'adds',
  },
  kubeconfig: { value: '<file>', help: `administrator’s kubeconfig, for --host (default: ${adminConf})` },
  lenient: sharedFlags.lenient,
  'node-name': { ...sharedFlags['node-name'], field: 'nodeRegistration.name', besideFile: 'overrides' },
  parallel: sharedFlags.parallel,
  patches: {
    value: '<dir>',
    help: 'directory with patches for the kubelet configuration and a new control plane’s static pods',
    formerly: patchesFormerly,
    field: 'patches.directory',
    besideFile: 'overrides in some releases',
  },
  'skip-phases': { ...sharedFlags['skip-phases'], field: 'skipPhases', besideFile: 'overrides' },
  'tls-bootstrap-token': {
    value: '<token>',
    help: 'token for the TLS bootstrap',
    field: 'discovery.tlsBootstrapToken',
  },
  wait: { value: '[seconds]', help: 'wait until the nodes are Ready (default: 300 seconds)' },
} as const satisfies FlagTable<FieldPath<JoinDocument>>;

/** The flags of `join`, as commander names them; only what the user gave is there. */
export interface JoinFlags extends FlagsOf<typeof joinFlags> {
  readonly [name: string]: unknown;
}

/** JoinConfiguration as the flags have it, over what the file says. A file with the cluster's kubeconfig needs no other way. */
export function joinFromFlags(flags: JoinFlags, document: JoinDocument, report: ReportFlag): JoinDocument {
  const join = withFlags(document, flags, joinFlags, report);
  if (flags.discoveryFile === undefined || join.discovery === undefined) return join;
  const { bootstrapToken: _, ...discovery } = join.discovery;
  return { ...join, discovery };
}
