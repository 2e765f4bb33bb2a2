import { Command, Option } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { jsonText } from '../../printable.ts';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import { addImageOptions, type ImageFlags, wantedImages } from './flags.ts';

/** `kinit images list|pull|save|load|push`: the images of a version, on this machine or on many hosts. */
export function imagesCommand(io: Io, exit: (code: number) => void): Command {
  return new Command('images')
    .description('List, pull, save, load and push the images that a cluster needs, here or on many hosts')
    .addCommand(listCommand(io))
    .addCommand(pullCommand(io, exit))
    .addCommand(saveImages(io))
    .addCommand(loadImages(io, exit))
    .addCommand(pushImages(io));
}

/** `images list`, also of `kinit config`. */
export function listCommand(io: Io): Command {
  const command = new Command('list').description('List the images, one a line');
  return addImageOptions(command)
    .addOption(
      new Option('-o, --output <format>', 'how to print them').choices(['text', 'json', 'yaml']).default('text'),
    )
    .action(async (flags: ImageFlags & { output: string }) => void io.stdout.write(await listText(flags, io)));
}

/** `images pull`, also of `kinit config`. */
export function pullCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('pull').description(
    'Pull the images with the runtime of this machine, or of every --host',
  );
  addImageOptions(command);
  return onHosts(command).action(async (flags) => (await import('./run.ts')).runPull(flags, io, exit));
}

function saveImages(io: Io): Command {
  const command = new Command('save')
    .description('Write images of a runtime into one archive, pulling those that are not there')
    .argument('[images...]', 'images (default: those that a control plane needs)')
    .requiredOption('--output-file <file>', 'the archive to write');
  addImageOptions(command);
  return onHosts(command).action(async (images: string[], flags) =>
    (await import('./run.ts')).runSave(images, flags, io),
  );
}

function loadImages(io: Io, exit: (code: number) => void): Command {
  const command = new Command('load')
    .description('Bring archives of images to this machine or every --host, checked and resumed, and import them')
    .argument('<files...>', 'archives of kinit images save, docker save or ctr images export');
  addFlags(command, { 'parallel-uploads': sharedFlags['parallel-uploads'] });
  return onHosts(command).action(async (files: string[], flags) =>
    (await import('./run.ts')).runLoad(files, flags, io, exit),
  );
}

function pushImages(io: Io): Command {
  const command = new Command('push')
    .description('Push images from a runtime to a registry, under the names that --image-repository REGISTRY asks for')
    .argument('<registry>', 'registry and path, such as registry.example.com/kubernetes')
    .argument('[images...]', 'images (default: those that a control plane needs)')
    .option('--plain-http', 'the registry has no TLS');
  addImageOptions(command);
  return onHosts(command).action(async (registry: string, images: string[], flags) =>
    (await import('./run.ts')).runPush(registry, images, flags, io),
  );
}

function onHosts(command: Command): Command {
  addFlags(command, { 'cri-socket': sharedFlags['cri-socket'], parallel: sharedFlags.parallel });
  addTargetOptions(command);
  addOutputOption(command);
  return command;
}

async function listText(flags: ImageFlags & { output: string }, io: Io): Promise<string> {
  const wanted = await wantedImages(flags, io);
  const images = wanted.images();
  const document = { kind: 'Images', apiVersion: wanted.release.configApi.output, images };
  if (flags.output === 'json') return `${jsonText(document, 4)}\n`;
  if (flags.output !== 'yaml') return images.map((image) => `${image}\n`).join('');
  const { toYaml } = await import('../../yaml.ts');
  return toYaml(document);
}
