import type { Command } from 'commander';
import type { ConfigFile } from '../../config/documents.ts';
import type { NodeFacts } from '../../config/node-facts.ts';
import { sharedFlags } from '../../config/shared-flags.ts';
import type { InitConfig } from '../../config/types.ts';
import type { Inventory } from '../../inventory/types.ts';
import { exampleLabel } from '../../release/labels.ts';
import type { Release } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import { readDocuments } from '../input/files.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';

/** The flags that say which images are meant. */
export interface ImageFlags {
  readonly [flag: string]: unknown;
  readonly allowUnverified?: boolean;
  readonly config?: string;
  readonly criSocket?: string;
  readonly featureGates?: string;
  readonly imageRepository?: string;
  readonly kubernetesVersion?: string;
  readonly lenient?: boolean;
}

/** Adds the flags that say which images are meant. */
export function addImageOptions(command: Command): Command {
  addFlags(command, { 'allow-unverified': sharedFlags['allow-unverified'], lenient: sharedFlags.lenient });
  return command
    .option('--config <file>', 'configuration file')
    .option(
      '--kubernetes-version <version>',
      `a version, or a label such as ${exampleLabel} (default: ${newestVersion})`,
    )
    .option(
      '--image-repository <repository>',
      'where the images come from, such as registry.aliyuncs.com/google_containers',
    )
    .option('--feature-gates <gates>', 'NAME=true,NAME=false');
}

/** The configuration that is meant, and what can be asked of it. */
export interface WantedImages {
  readonly release: Release;
  /** Of the file, where it has one. */
  readonly inventory: Inventory | undefined;
  /** Completed for one machine; for any where no facts are given. Throws InputError. */
  configFor(facts?: NodeFacts): InitConfig;
  /** What a control plane needs, from this repository or the configuration's, and the load balancer of an Inventory. */
  images(repository?: string): readonly string[];
  /** Of an Inventory's load balancer. */
  readonly balancer: { readonly workers: readonly string[]; readonly controlPlanes: readonly string[] };
}

/** Reads what the flags and the file say. Throws InputError with everything that is wrong. */
export async function wantedImages(flags: ImageFlags, io: Io): Promise<WantedImages> {
  const { completeInit, initRequest } = await import('../../config/init.ts');
  const { anyNode } = await import('../../config/node-facts.ts');
  const { generateToken } = await import('../../kube/token.ts');
  const { requiredImages } = await import('../../manifests/images.ts');
  const { balancerImages } = await import('../../manifests/balancer-images.ts');
  const { loadBalancerOf } = await import('../../inventory/load-balancer.ts');
  const { releaseFor, remarksOn } = await import('../../release/release.ts');
  const { parseVersion } = await import('../../release/version.ts');
  const { versionOf } = await import('../input/version-label.ts');
  const warn = (message: string) => void io.stderr.write(`warning: ${message}\n`);
  const documents = await readDocuments(flags, io, warn);
  const wish = initRequest({ documents, flags });
  const version = (await versionOf(wish.version)) ?? parseVersion(newestVersion);
  const release = releaseFor(version);
  const { warning } = remarksOn(release);
  if (warning !== undefined) warn(warning);
  const { inventory, completed = documents } = await withInventory(documents, release, flags.lenient === true, warn);
  const request = initRequest({ documents: completed, flags });
  const configFor = (facts: NodeFacts = anyNode) =>
    completeInit(request, { facts, version, newToken: generateToken, warn });
  const balancer =
    inventory === undefined ? { workers: [], controlPlanes: [] } : balancerImages(loadBalancerOf(inventory), release);
  return {
    release,
    inventory,
    configFor,
    balancer,
    images(repository) {
      const { cluster } = configFor();
      const own = (image: string) => (repository === undefined ? image : `${repository}/${image.split('/').at(-1)}`);
      return [
        ...requiredImages(repository === undefined ? cluster : { ...cluster, imageRepository: repository }, release),
        ...[...balancer.workers, ...balancer.controlPlanes].map(own),
      ];
    },
  };
}

/** The documents with what an Inventory beside them says for its control plane. */
async function withInventory(
  documents: ConfigFile | undefined,
  release: Release,
  lenient: boolean,
  warn: (message: string) => void,
): Promise<{ readonly inventory: Inventory | undefined; readonly completed?: ConfigFile }> {
  if (documents?.inventory === undefined) return { inventory: undefined };
  const { readInventory } = await import('../../inventory/read.ts');
  const { initDocuments } = await import('../../inventory/node-documents.ts');
  const { anyNode } = await import('../../config/node-facts.ts');
  const inventory = readInventory(documents.inventory, { lenient, warn });
  const [controlPlane] = inventory.hosts.filter(({ role }) => role === 'control-plane');
  if (controlPlane === undefined) throw new Error('an inventory that was read has a control plane');
  const file = { ...documents, inventory: documents.inventory };
  return { inventory, completed: initDocuments(file, inventory, controlPlane, release, anyNode) };
}
