import { Command, Option } from 'commander';
import type { NodeFacts } from '../config/node-facts.ts';
import { KinitError } from '../errors.ts';
import { newestVersion } from '../release/served.ts';
import { readDocuments } from './files.ts';
import type { Io } from './io.ts';
import { addTargetOptions, openTarget, type TargetFlags } from './targets.ts';

interface ImageFlags {
  readonly [flag: string]: unknown;
  readonly config?: string;
  readonly criSocket?: string;
  readonly featureGates?: string;
  readonly imageRepository?: string;
  readonly kubernetesVersion?: string;
  readonly lenient?: boolean;
  readonly output?: string;
}

/** Seconds for one image; slow mirrors are slow. */
const pullDeadline = 900;

/** `kinit config images list|pull`: what a control plane of a version needs. */
export function imagesCommand(io: Io): Command {
  const images = new Command('images').description('List or pull the images that a control plane needs');
  const list = common(new Command('list').description('List the images, one a line'))
    .addOption(
      new Option('-o, --output <format>', 'how to print them').choices(['text', 'json', 'yaml']).default('text'),
    )
    .action(async (flags: ImageFlags) => void io.stdout.write(await listText(flags, io)));
  const pull = common(new Command('pull').description('Pull the images with the runtime of this machine, or of --host'))
    .option('--cri-socket <path>', 'the socket of the runtime (default: the one that is there)')
    .action((flags: ImageFlags & TargetFlags) => pullImages(flags, io));
  addTargetOptions(pull);
  return images.addCommand(list).addCommand(pull);
}

function common(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file')
    .option('--kubernetes-version <version>', `a version, or a label such as stable-1.30 (default: ${newestVersion})`)
    .option(
      '--image-repository <repository>',
      'where the images come from, such as registry.aliyuncs.com/google_containers',
    )
    .option('--feature-gates <gates>', 'NAME=true,NAME=false')
    .option('--lenient', 'unknown and duplicate fields in the file are only warned of');
}

async function wanted(flags: ImageFlags, io: Io) {
  const { initRequest } = await import('../config/init.ts');
  const { parseVersion } = await import('../release/version.ts');
  const { versionOf } = await import('./version-label.ts');
  const warn = (message: string) => void io.stderr.write(`warning: ${message}\n`);
  const request = initRequest({ documents: await readDocuments(flags, io, warn), flags });
  const version = (await versionOf(request.version)) ?? parseVersion(newestVersion);
  return { request, version, warn };
}

async function complete(flags: ImageFlags, io: Io, found?: NodeFacts) {
  const { completeInit } = await import('../config/init.ts');
  const { anyNode } = await import('../config/node-facts.ts');
  const { generateToken } = await import('../kube/token.ts');
  const { requiredImages } = await import('../manifests/images.ts');
  const { releaseFor } = await import('../release/release.ts');
  const { request, version, warn } = await wanted(flags, io);
  const config = completeInit(request, { facts: found ?? anyNode, version, newToken: generateToken, warn });
  const release = releaseFor(version);
  return { config, release, images: requiredImages(config.cluster, release) };
}

async function listText(flags: ImageFlags, io: Io): Promise<string> {
  const { images, release } = await complete(flags, io);
  const document = { kind: 'Images', apiVersion: release.configApi.output, images };
  if (flags.output === 'json') return `${JSON.stringify(document, null, 4)}\n`;
  if (flags.output !== 'yaml') return images.map((image) => `${image}\n`).join('');
  const { toYaml } = await import('../yaml.ts');
  return toYaml(document);
}

async function pullImages(flags: ImageFlags & TargetFlags, io: Io): Promise<void> {
  const { pullCommand } = await import('../phases/image-pull.ts');
  const host = await openTarget(flags, io);
  try {
    const { facts } = await host.observe({ facts: true });
    if (facts === undefined) throw new Error(`${host.name} told no facts`);
    const { config, images } = await complete(flags, io, facts);
    for (const image of images) {
      const argv = pullCommand(image, config.nodeRegistration.criSocket, facts);
      const { code, stderr } = await host.run(argv, { deadline: pullDeadline, signal: io.signal });
      if (code !== 0) {
        throw new KinitError(`failed to pull image "${image}": ${stderr.trim() || `exit code ${code}`}`, {
          host: host.name,
          hint: 'check that the host reaches the registry, or name a mirror with --image-repository',
        });
      }
      io.stdout.write(`[config/images] Pulled ${image}\n`);
    }
  } finally {
    await host.close();
  }
}
