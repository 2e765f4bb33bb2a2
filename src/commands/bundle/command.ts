import { Command } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { addImageOptions } from '../images/flags.ts';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { list } from '../options/list.ts';
import { addOutputOption } from '../options/output.ts';

/** `kinit bundle create|verify|load`: everything that a cluster needs in one file, for machines without a network. */
export function bundleCommand(io: Io, exit: (code: number) => void): Command {
  return new Command('bundle')
    .description('Carry packages and images to machines without a network, in one file')
    .addCommand(createBundle(io))
    .addCommand(verifyBundle(io))
    .addCommand(loadBundle(io, exit));
}

function createBundle(io: Io): Command {
  const command = new Command('create')
    .description(
      'Gather the packages and images for a configuration, on this machine or on --host, which has a network and the distribution that the bundle is for',
    )
    .requiredOption('--output-file <file>', 'the bundle to write')
    .option('--images-dir <dir>', 'take images from the archives (*.tar) in this folder where they hold them')
    .option('--network <network>', 'flannel, none, or a file or directory with manifests, whose images go with it')
    .option('--no-packages', 'images alone')
    .option(
      '--packages <packages>',
      'these packages, as dnf takes them, instead of those that kinit prepare installs',
      list,
    )
    .option('--repository-file <file>', 'ask this repository file of yum and dnf too; may be repeated', list)
    .option('--sign-key <file>', 'sign it with this Ed25519 private key (PEM; openssl genpkey -algorithm ed25519)')
    .option('--cri-socket <path>', 'the socket of the runtime that pulls the images (default: the one that is there)');
  addImageOptions(command);
  addTargetOptions(command);
  addOutputOption(command);
  return command.action(async (flags) => (await import('./create.ts')).runCreate(flags, io));
}

function verifyBundle(io: Io): Command {
  return new Command('verify')
    .description('Compare every file of a bundle with its lock, and say what it holds')
    .argument('<file>', 'the bundle')
    .option('--key <file>', 'refuse it unless it is signed with the private half of this Ed25519 public key (PEM)')
    .action(async (file: string, flags) => (await import('./load.ts')).runVerify(file, flags, io));
}

function loadBundle(io: Io, exit: (code: number) => void): Command {
  const command = new Command('load')
    .description('Bring what a host lacks of a bundle, install its packages without a network, and import its images')
    .argument('<file>', 'the bundle')
    .option('--config <file>', 'a configuration whose Inventory names the hosts')
    .option('--key <file>', 'take only a bundle signed with the private half of this Ed25519 public key (PEM)')
    .option('--workers', 'the hosts are workers: leave out the images of a control plane');
  const { 'cri-socket': criSocket, parallel, 'parallel-uploads': uploads } = sharedFlags;
  addFlags(command, { 'cri-socket': criSocket, parallel, 'parallel-uploads': uploads });
  addTargetOptions(command);
  addOutputOption(command);
  return command.action(async (file: string, flags) =>
    (await import('./load.ts')).runBundleLoad(file, flags, io, exit),
  );
}
