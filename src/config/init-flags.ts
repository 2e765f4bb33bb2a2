import { adminConf, kubernetesDirectory } from '../release/paths.ts';
import { apiServerPort } from '../release/ports.ts';
import { defaults } from './defaults.ts';
import type { ClusterDocument, InitDocument } from './documents.ts';
import { type FieldPath, type FlagsOf, type FlagTable, withFlags } from './flag-table.ts';
import { checkDuration, parseArguments, parseGates, parsePort, type ReportFlag } from './flag-values.ts';
import { patchesFormerly, sharedFlags } from './shared-flags.ts';

type Field = `init.${FieldPath<InitDocument>}` | `cluster.${FieldPath<ClusterDocument>}`;

/**
 * The flags of `init` and of its phases (kubeadm v1.36.2 cmd/init.go, InheritFlags of cmd/phases/init, and those that older
 * releases had), kubeadm's and kinit's own. A new one is a row here, and what is done with it.
 */
export const initFlags = {
  'allow-unverified': { ...sharedFlags['allow-unverified'], phases: '*' },
  'apiserver-advertise-address': {
    value: '<ip>',
    help: 'address that the API server advertises (default: of the default route)',
    field: 'init.localAPIEndpoint.advertiseAddress',
    phases: 'certs kubeconfig control-plane addon',
  },
  'apiserver-bind-port': {
    value: '<port>',
    help: `port of the API server (default: ${apiServerPort})`,
    field: 'init.localAPIEndpoint.bindPort',
    read: parsePort,
    phases: 'certs kubeconfig control-plane addon',
  },
  'apiserver-cert-extra-sans': {
    value: '<names>',
    list: true,
    help: 'more names and addresses for the API server certificate',
    field: 'cluster.apiServer.certSANs',
    phases: 'certs',
  },
  'apiserver-extra-args': {
    value: '<args>',
    help: 'name=value,… for the API server',
    field: 'cluster.apiServer.extraArgs',
    read: parseArguments,
    phases: 'control-plane',
    notWhole: true,
  },
  'cert-dir': {
    value: '<path>',
    help: `where certificates are stored (default: ${defaults.certificatesDir})`,
    field: 'cluster.certificatesDir',
    phases: 'certs kubeconfig etcd control-plane kubelet-finalize',
  },
  'certificate-key': {
    value: '<key>',
    help: 'key that encrypts the uploaded certificates',
    field: 'init.certificateKey',
    phases: 'upload-certs',
  },
  config: { value: '<file>', help: 'configuration file: kubeadm’s documents of any version', phases: '*' },
  'control-plane-endpoint': {
    value: '<host>',
    help: 'stable address or DNS name of the control plane',
    field: 'cluster.controlPlaneEndpoint',
    phases: 'certs kubeconfig control-plane addon',
  },
  'controller-manager-extra-args': {
    value: '<args>',
    help: 'name=value,… for the controller manager',
    field: 'cluster.controllerManager.extraArgs',
    read: parseArguments,
    phases: 'control-plane',
    notWhole: true,
  },
  'cri-socket': {
    ...sharedFlags['cri-socket'],
    field: 'init.nodeRegistration.criSocket',
    besideFile: 'overrides in some releases',
    phases: 'preflight kubelet-start upload-config',
  },
  'dry-run': { ...sharedFlags['dry-run'], field: 'init.dryRun', besideFile: 'overrides', phases: '*' },
  'feature-gates': {
    value: '<gates>',
    help: 'kubeadm feature gates: name=true|false,…',
    field: 'cluster.featureGates',
    read: parseGates,
    phases: 'control-plane addon',
  },
  'ignore-preflight-errors': {
    ...sharedFlags['ignore-preflight-errors'],
    field: 'init.nodeRegistration.ignorePreflightErrors',
    besideFile: 'adds',
    phases: 'preflight',
  },
  'image-repository': {
    value: '<registry>',
    help: 'where the images of the control plane come from',
    field: 'cluster.imageRepository',
    phases: 'preflight etcd control-plane kubelet-start addon',
  },
  kubeconfig: {
    value: '<file>',
    help: `administrator’s kubeconfig (default: ${adminConf})`,
    phases: 'upload-config upload-certs bootstrap-token addon show-join-command network',
    notWhole: true,
  },
  'kubeconfig-dir': {
    value: '<path>',
    help: `where kubeconfigs are stored (default: ${kubernetesDirectory})`,
    phases: 'kubeconfig',
    notWhole: true,
  },
  'kubernetes-version': {
    value: '<version>',
    help: 'version of the control plane (default: the kubelet’s, else the newest)',
    field: 'cluster.kubernetesVersion',
    // kinit decides by the target's version, which is kubeadm's own with kubeadm.
    phases: '*',
  },
  lenient: { ...sharedFlags.lenient, phases: '*' },
  network: {
    value: '<choice>',
    help: 'pod network to install: flannel, none, or your own manifests (a file or a directory)',
    phases: 'network',
  },
  'node-name': {
    ...sharedFlags['node-name'],
    field: 'init.nodeRegistration.name',
    besideFile: 'overrides',
    phases: 'kubeconfig kubelet-start mark-control-plane',
  },
  'output-dir': {
    value: '<dir>',
    help: 'render everything for a bare host below DIR; no host is asked, no root needed',
    phases: '*',
  },
  patches: {
    value: '<dir>',
    help: 'directory with patches for the static pods and the kubelet configuration',
    formerly: patchesFormerly,
    field: 'init.patches.directory',
    besideFile: 'overrides in some releases',
    phases: 'etcd control-plane kubelet-start',
  },
  'pod-network-cidr': {
    value: '<cidr>',
    help: 'subnet of the pods',
    field: 'cluster.networking.podSubnet',
    phases: 'control-plane addon network',
  },
  'print-manifest': {
    help: 'print the manifests to stdout instead of installing them',
    phases: 'addon',
    notWhole: true,
  },
  'scheduler-extra-args': {
    value: '<args>',
    help: 'name=value,… for the scheduler',
    field: 'cluster.scheduler.extraArgs',
    read: parseArguments,
    phases: 'control-plane',
    notWhole: true,
  },
  'service-cidr': {
    value: '<cidr>',
    help: `subnet of the services (default: ${defaults.serviceSubnet})`,
    field: 'cluster.networking.serviceSubnet',
    phases: 'certs control-plane addon',
  },
  'service-dns-domain': {
    value: '<domain>',
    help: `DNS domain of the services (default: ${defaults.dnsDomain})`,
    field: 'cluster.networking.dnsDomain',
    phases: 'certs addon',
  },
  'skip-certificate-key-print': {
    help: 'do not show the certificate key',
    phases: 'upload-certs show-join-command',
  },
  'skip-phases': { ...sharedFlags['skip-phases'], field: 'init.skipPhases', besideFile: 'overrides' },
  'skip-token-print': { help: 'do not show the token', phases: 'bootstrap-token show-join-command' },
  token: {
    value: '<token>',
    help: 'bootstrap token to use (default: generated)',
    field: 'init.bootstrapTokens[0].token',
    phases: 'bootstrap-token',
  },
  'token-ttl': {
    value: '<duration>',
    help: `how long the token lasts, 0 for ever (default: ${defaults.tokenTtl})`,
    field: 'init.bootstrapTokens[0].ttl',
    read: checkDuration,
    phases: 'bootstrap-token',
  },
  'upload-certs': { help: 'store the control-plane certificates, encrypted, in the cluster', phases: 'upload-certs' },
} as const satisfies FlagTable<Field>;

/** The flags of `init` and its phases, as commander names them; only what the user gave is there. */
export interface InitFlags extends FlagsOf<typeof initFlags> {
  readonly [name: string]: unknown;
}

/** What `init` is told in documents. */
export interface InitDocuments {
  readonly init: InitDocument;
  readonly cluster: ClusterDocument;
}

/** The documents as the flags have them, over what the file says, if there is one. */
export function initFromFlags(
  flags: InitFlags,
  file: Partial<InitDocuments> | undefined,
  report: ReportFlag,
  table: FlagTable = initFlags,
): InitDocuments {
  const { init = {}, cluster = {} } = file ?? { init: { bootstrapTokens: [{ description: tokenDescription }] } };
  return withFlags({ init, cluster }, flags, table, report);
}

/** Of the token that kubeadm makes where there is no file to name tokens. */
const tokenDescription = "The default bootstrap token generated by 'kubeadm init'.";
