import { Command, Option } from 'commander';
import { exitCodes, KinitError } from '../errors.ts';
import { initPhaseNames } from '../workflows/init-phase-names.ts';
import type { Io } from './io.ts';
import { list } from './list.ts';
import { addPatchesOption } from './patches-option.ts';
import { runInit } from './run-init.ts';
import { addOutputOption } from './story.ts';
import { addTargetOptions } from './targets.ts';

/** `kinit init` and `kinit init phase NAME`. */
export function initCommand(io: Io): Command {
  const command = new Command('init')
    .summary('Bring up a control plane on this machine or, with --host, over SSH')
    .description(
      'Bring up a control plane: preflight checks, certificates, kubeconfigs, static pods, the kubelet, addons. Safe to kill and to run again.',
    )
    .usage('[flags]');
  addInitOptions(command);
  command.action(async (_, self: Command) => runInit(self.opts(), io));

  const phase = new Command('phase').summary('Run one phase of init alone').description('Run one phase of init alone');
  for (const { name, title, steps } of initPhaseNames) {
    const sub = new Command(name)
      .summary(title)
      .description(title)
      .argument('[sub-phase]', `one of: all ${steps.join(' ')}`.trim());
    addInitOptions(sub);
    sub.addOption(new Option('--print-manifest', 'print the addon manifests to stdout instead of installing them'));
    sub.action(async (step: string | undefined, _: unknown, self: Command) => {
      if (step !== undefined && step !== 'all' && !steps.includes(step)) {
        throw new KinitError(`init phase ${name} has no sub-phase "${step}"`, {
          exitCode: exitCodes.badInput,
          hint: `it has: ${['all', ...steps].join(' ')}`,
        });
      }
      await runInit(self.opts(), io, step === undefined || step === 'all' ? name : `${name}/${step}`);
    });
    for (const alias of phaseAliases[name] ?? []) sub.alias(alias);
    phase.addCommand(sub);
  }
  return command.addCommand(phase);
}

const phaseAliases: Readonly<Record<string, readonly string[]>> = {
  'upload-config': ['uploadconfig'],
  'bootstrap-token': ['bootstraptoken'],
};

function addInitOptions(command: Command): void {
  command
    .option(
      '--apiserver-advertise-address <ip>',
      'address that the API server advertises (default: of the default route)',
    )
    .option('--apiserver-bind-port <port>', 'port of the API server (default: 6443)')
    .option('--apiserver-cert-extra-sans <names>', 'more names and addresses for the API server certificate', list)
    .option('--cert-dir <path>', 'where certificates are stored (default: /etc/kubernetes/pki)')
    .option('--certificate-key <key>', 'key that encrypts the uploaded certificates')
    .option('--config <file>', 'configuration file: kubeadm’s documents of any version')
    .option('--control-plane-endpoint <host>', 'stable address or DNS name of the control plane')
    .option('--cri-socket <path>', 'socket of the container runtime (default: the one that is there)')
    .option('--dry-run', 'ask the host, change nothing, show what would be done')
    .option('--feature-gates <gates>', 'kubeadm feature gates: name=true|false,…')
    .option('--ignore-preflight-errors <checks>', 'checks whose errors become warnings; "all" for all of them', list)
    .option('--image-repository <registry>', 'where the images of the control plane come from')
    .option('--kubernetes-version <version>', 'version of the control plane (default: the kubelet’s, else the newest)')
    .option('--lenient', 'unknown and duplicate fields in the configuration are only warned of')
    .option(
      '--network <choice>',
      'pod network to install: flannel, none, or your own manifests (a file or a directory)',
    )
    .option('--node-name <name>', 'name of the node (default: the hostname)')
    .option('--output-dir <dir>', 'render everything for a bare host below DIR; no host is asked, no root needed')
    .option('--pod-network-cidr <cidr>', 'subnet of the pods')
    .option('--service-cidr <cidr>', 'subnet of the services (default: 10.96.0.0/12)')
    .option('--service-dns-domain <domain>', 'DNS domain of the services (default: cluster.local)')
    .option('--skip-certificate-key-print', 'do not show the certificate key')
    .option('--skip-phases <phases>', 'phases to leave out', list)
    .option('--skip-token-print', 'do not show the token')
    .option('--token <token>', 'bootstrap token to use (default: generated)')
    .option('--token-ttl <duration>', 'how long the token lasts, 0 for ever (default: 24h0m0s)')
    .option('--upload-certs', 'store the control-plane certificates, encrypted, in the cluster');
  addPatchesOption(command, 'directory with patches for the static pods and the kubelet configuration');
  addTargetOptions(command);
  addOutputOption(command);
}
