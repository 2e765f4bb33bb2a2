import { type Command, Option } from 'commander';
import { addTargetOptions } from '../input/targets.ts';
import { list } from '../options/list.ts';
import { addOutputOption } from '../options/output.ts';
import { addPatchesOption } from '../options/patches.ts';
import { unverifiedText } from '../options/unverified.ts';

/** Adds the flags of `kinit init` itself: all but those that only single phases have. */
export function addInitOptions(command: Command): void {
  addNamed(command, [...options.keys(), 'patches']);
  addTargetOptions(command);
  addOutputOption(command);
}

/** Adds the flags that kubeadm's phase takes, and kinit's own: the target's version, where to act, how to tell. */
export function addInitPhaseOptions(command: Command, phase: string): void {
  const names = new Set([...(phaseFlags[phase] ?? '').split(' ').filter(Boolean), ...everyPhase]);
  addNamed(command, [...names]);
  addTargetOptions(command);
  addOutputOption(command);
}

/** What --kubeconfig and --kubeconfig-dir are for where kubeadm has them: in single phases. */
const phaseOptions: ReadonlyMap<string, readonly [flags: string, description: string]> = new Map([
  ['kubeconfig', ['--kubeconfig <file>', 'administrator’s kubeconfig (default: /etc/kubernetes/admin.conf)']],
  ['kubeconfig-dir', ['--kubeconfig-dir <path>', 'where kubeconfigs are stored (default: /etc/kubernetes)']],
  ['apiserver-extra-args', ['--apiserver-extra-args <args>', 'name=value,… for the API server']],
  [
    'controller-manager-extra-args',
    ['--controller-manager-extra-args <args>', 'name=value,… for the controller manager'],
  ],
  ['scheduler-extra-args', ['--scheduler-extra-args <args>', 'name=value,… for the scheduler']],
  ['print-manifest', ['--print-manifest', 'print the manifests to stdout instead of installing them']],
]);

const options: ReadonlyMap<string, readonly [flags: string, description: string]> = new Map([
  ['allow-unverified', ['--allow-unverified', unverifiedText]],
  [
    'apiserver-advertise-address',
    ['--apiserver-advertise-address <ip>', 'address that the API server advertises (default: of the default route)'],
  ],
  ['apiserver-bind-port', ['--apiserver-bind-port <port>', 'port of the API server (default: 6443)']],
  [
    'apiserver-cert-extra-sans',
    ['--apiserver-cert-extra-sans <names>', 'more names and addresses for the API server certificate'],
  ],
  ['cert-dir', ['--cert-dir <path>', 'where certificates are stored (default: /etc/kubernetes/pki)']],
  ['certificate-key', ['--certificate-key <key>', 'key that encrypts the uploaded certificates']],
  ['config', ['--config <file>', 'configuration file: kubeadm’s documents of any version']],
  ['control-plane-endpoint', ['--control-plane-endpoint <host>', 'stable address or DNS name of the control plane']],
  ['cri-socket', ['--cri-socket <path>', 'socket of the container runtime (default: the one that is there)']],
  ['dry-run', ['--dry-run', 'ask the host, change nothing, show what would be done']],
  ['feature-gates', ['--feature-gates <gates>', 'kubeadm feature gates: name=true|false,…']],
  [
    'ignore-preflight-errors',
    ['--ignore-preflight-errors <checks>', 'checks whose errors become warnings; "all" for all of them'],
  ],
  ['image-repository', ['--image-repository <registry>', 'where the images of the control plane come from']],
  [
    'kubernetes-version',
    ['--kubernetes-version <version>', 'version of the control plane (default: the kubelet’s, else the newest)'],
  ],
  ['lenient', ['--lenient', 'unknown and duplicate fields in the configuration are only warned of']],
  [
    'network',
    ['--network <choice>', 'pod network to install: flannel, none, or your own manifests (a file or a directory)'],
  ],
  ['node-name', ['--node-name <name>', 'name of the node (default: the hostname)']],
  [
    'output-dir',
    ['--output-dir <dir>', 'render everything for a bare host below DIR; no host is asked, no root needed'],
  ],
  ['pod-network-cidr', ['--pod-network-cidr <cidr>', 'subnet of the pods']],
  ['service-cidr', ['--service-cidr <cidr>', 'subnet of the services (default: 10.96.0.0/12)']],
  ['service-dns-domain', ['--service-dns-domain <domain>', 'DNS domain of the services (default: cluster.local)']],
  ['skip-certificate-key-print', ['--skip-certificate-key-print', 'do not show the certificate key']],
  ['skip-phases', ['--skip-phases <phases>', 'phases to leave out']],
  ['skip-token-print', ['--skip-token-print', 'do not show the token']],
  ['token', ['--token <token>', 'bootstrap token to use (default: generated)']],
  ['token-ttl', ['--token-ttl <duration>', 'how long the token lasts, 0 for ever (default: 24h0m0s)']],
  ['upload-certs', ['--upload-certs', 'store the control-plane certificates, encrypted, in the cluster']],
]);

const lists = new Set(['apiserver-cert-extra-sans', 'ignore-preflight-errors', 'skip-phases']);

/** kinit decides by the target's version, which is kubeadm's own with kubeadm. */
const everyPhase = ['allow-unverified', 'config', 'kubernetes-version', 'dry-run', 'lenient', 'output-dir'];

const endpoint = 'apiserver-advertise-address control-plane-endpoint apiserver-bind-port';

/** kubeadm's InheritFlags (v1.36.2 cmd/phases/init), and those that older releases had. */
const phaseFlags: Readonly<Record<string, string>> = {
  preflight: 'image-repository cri-socket ignore-preflight-errors',
  certs: `cert-dir ${endpoint} apiserver-cert-extra-sans service-dns-domain service-cidr`,
  kubeconfig: `${endpoint} cert-dir kubeconfig-dir node-name`,
  etcd: 'cert-dir image-repository patches',
  'control-plane': `cert-dir image-repository patches ${endpoint} apiserver-extra-args feature-gates service-cidr controller-manager-extra-args pod-network-cidr scheduler-extra-args`,
  'kubelet-start': 'image-repository cri-socket node-name patches',
  'wait-control-plane': '',
  'upload-config': 'cri-socket kubeconfig',
  'upload-certs': 'kubeconfig upload-certs certificate-key skip-certificate-key-print',
  'mark-control-plane': 'node-name',
  'bootstrap-token': 'kubeconfig skip-token-print token token-ttl',
  'kubelet-finalize': 'cert-dir',
  addon: `kubeconfig image-repository ${endpoint} pod-network-cidr feature-gates service-dns-domain service-cidr print-manifest`,
  'show-join-command': 'kubeconfig skip-token-print skip-certificate-key-print',
  network: 'network kubeconfig pod-network-cidr',
};

function addNamed(command: Command, names: readonly string[]): void {
  for (const name of names.toSorted()) {
    const [flags, description] = options.get(name) ?? phaseOptions.get(name) ?? [];
    if (name === 'patches')
      addPatchesOption(command, 'directory with patches for the static pods and the kubelet configuration');
    if (flags === undefined) continue;
    const option = new Option(flags, description);
    command.addOption(lists.has(name) ? option.argParser(list) : option);
  }
}
