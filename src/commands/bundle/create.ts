import { basename, resolve } from 'node:path';
import { defined } from '../../defined.ts';
import { InputError } from '../../errors.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { BundleWish } from '../../workflows/images/create-bundle.ts';
import type { PackageWish } from '../../workflows/images/gather-packages.ts';
import type { EachHostFlags } from '../each-host.ts';
import { type ImageFlags, type WantedImages, wantedImages } from '../images/flags.ts';
import { readText } from '../input/files.ts';
import { openTarget } from '../input/targets.ts';
import { type Io, tell } from '../io.ts';
import { inSession } from '../session.ts';
import { readSigningKey } from './key.ts';
import { bundleSummary } from './summary.ts';

export interface CreateFlags extends ImageFlags, EachHostFlags {
  readonly outputFile: string;
  readonly imagesDir?: string;
  readonly network?: string;
  /** False for --no-packages. */
  readonly packages?: boolean | readonly string[];
  readonly repositoryFile?: readonly string[];
  readonly signKey?: string;
}

/** `kinit bundle create`. Throws KinitError; the file appears only when it is whole. */
export async function runCreate(flags: CreateFlags, io: Io): Promise<void> {
  const { openImageFolder } = await import('../../bundle/image-folder.ts');
  const { writeBundle } = await import('../../bundle/write-bundle.ts');
  const { withBundle } = await import('../../workflows/images/create-bundle.ts');
  const wanted = await wantedImages(flags, io);
  await refuseStrangePackages(flags);
  const key = await readSigningKey(flags.signKey, io);
  const path = resolve(io.cwd, flags.outputFile);
  await inSession({ flags, io }, async (session) => {
    const folder = session.closing(
      flags.imagesDir === undefined ? undefined : await openImageFolder(resolve(io.cwd, flags.imagesDir)),
    );
    const host = session.closing(await openTarget(flags, io));
    const { facts } = await host.observe({ facts: true });
    if (facts === undefined) throw new Error(`${host.name} told no facts`);
    const wish = {
      kubernetesVersion: wanted.release.version.text,
      packages: await packageWish(flags, wanted, facts, io),
      images: await imageWish(flags, wanted, io),
      archives: folder?.archives ?? [],
    };
    const gathering = {
      host,
      facts,
      release: wanted.release,
      criSocket: (found: Facts) => wanted.configFor(found).nodeRegistration.criSocket,
      run: session.run,
    };
    const lock = await withBundle(wish, gathering, async (found, sources) => {
      await writeBundle(path, found, sources, key);
      return found;
    });
    await session.told();
    const signer = key?.fingerprint;
    if (session.json) io.result({ lock, ...defined({ signer }) });
    else tell(io, `${flags.outputFile}: ${bundleSummary(lock)}${signer ? `, signed with ${signer}` : ''}\n`);
  });
}

/** Before anything is gathered that could not be read again. */
async function refuseStrangePackages({ packages }: CreateFlags): Promise<void> {
  const { isPackageName } = await import('../../bundle/lock-schema.ts');
  const strange = (Array.isArray(packages) ? (packages as readonly string[]) : []).filter(
    (name) => !isPackageName(name),
  );
  if (strange.length === 0) return;
  throw new InputError(
    strange.map((name) => ({
      place: '--packages',
      message: `"${name}" is no name of a package, such as kubelet-1.30.2`,
    })),
  );
}

/** What preparation would install, or what the user names; repositories of the user's beside those. */
async function packageWish(
  flags: CreateFlags,
  { inventory, release, configFor }: WantedImages,
  facts: Facts,
  io: Io,
): Promise<PackageWish | undefined> {
  if (flags.packages === false) return undefined;
  const { bundlePackageWish } = await import('../../workflows/images/bundle-packages.ts');
  const named = Array.isArray(flags.packages) ? (flags.packages as readonly string[]) : undefined;
  const given = new Map<string, string>();
  for (const file of flags.repositoryFile ?? []) {
    const name = basename(file)
      .replace(/[^\w.-]/g, '_')
      .replace(/(\.repo)?$/, '.repo');
    given.set(name, await readText(file, io, '--repository-file'));
  }
  if (named !== undefined) return { packages: named, repositories: given };
  // Who names repositories without an inventory has them for everything.
  const alone = inventory === undefined && given.size > 0;
  const { packages, repositories } = bundlePackageWish(facts, { inventory, release, cluster: configFor().cluster });
  return { packages, repositories: alone ? given : new Map([...repositories, ...given]) };
}

/** What a control plane and its nodes run: Kubernetes' own images, the pod network's, and a sandbox of the user's. */
async function imageWish(flags: CreateFlags, wanted: WantedImages, io: Io): Promise<BundleWish['images']> {
  const { workerImages } = await import('../../manifests/images.ts');
  const { podImages } = await import('../../manifests/pod-images.ts');
  const { networkContext } = await import('../../workflows/node/pod-network.ts');
  const { networkChoice } = await import('../input/network-choice.ts');
  const { release, inventory } = wanted;
  const { cluster } = wanted.configFor();
  const plugin = { wish: inventory?.network.plugin, place: `${flags.config ?? ''} network.plugin` };
  const asked = flags.network === undefined ? plugin : { wish: flags.network, place: '--network' };
  const choice = await networkChoice({ ...asked, imageRepository: inventory?.network.imageRepository }, io);
  const network = podImages((await networkContext(choice, cluster, release))?.objects ?? []);
  const sandbox = inventory?.runtime.sandboxImage;
  const everywhere = [
    ...workerImages(cluster, release),
    ...network,
    ...(sandbox === undefined ? [] : [sandbox]),
    ...wanted.balancer.workers,
  ];
  return [...new Set([...wanted.images(), ...everywhere])].map((name) => ({
    name,
    nodes: everywhere.includes(name) ? ('all' as const) : ('control-plane' as const),
  }));
}
