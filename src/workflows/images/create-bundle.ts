import { dockerImages } from '../../archive/image-archive.ts';
import { fullName } from '../../archive/image-name.ts';
import type { Source } from '../../archive/source.ts';
import type { FolderArchive } from '../../bundle/image-folder.ts';
import { type BundleImage, type BundleLock, imageFolder } from '../../bundle/lock.ts';
import { defined } from '../../defined.ts';
import { KinitError } from '../../errors.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Host } from '../../host/host.ts';
import { parseJson } from '../../json.ts';
import { type GatheredPackages, type PackageWish, withPackages } from './gather-packages.ts';
import { type ImageWork, withSavedImages } from './images.ts';

/** What a bundle is to hold. */
export interface BundleWish {
  /** `v1.20.2`. */
  readonly kubernetesVersion: string;
  /** None: images alone. */
  readonly packages: PackageWish | undefined;
  readonly images: readonly { readonly name: string; readonly nodes: BundleImage['nodes'] }[];
  /** Archives at hand; what they do not hold is pulled on the host. */
  readonly archives: readonly FolderArchive[];
}

/** Where it is gathered, and how it is told. */
export interface Gathering extends ImageWork {
  readonly host: Host;
  readonly facts: Facts;
}

/**
 * Gathers what a bundle is to hold and hands over its lock and its files; nothing of it stays on the host. Throws
 * KinitError with the host, the package or the image that is missing.
 */
export async function withBundle<Result>(
  wish: BundleWish,
  gathering: Gathering,
  use: (lock: BundleLock, sources: ReadonlyMap<string, Source>) => Promise<Result>,
): Promise<Result> {
  const { host, facts, run } = gathering;
  const local = await localImages(wish);
  const held = new Set(local.images.map(({ name }) => name));
  const pulled = wish.images.filter(({ name }) => !held.has(fullName(name)));
  if (pulled.length > 0)
    refuseWithoutRuntime(
      pulled.map(({ name }) => name),
      wish,
      gathering,
    );
  const withRpms = (then: (found: Partial<GatheredPackages>) => Promise<Result>) =>
    wish.packages === undefined ? then({}) : withPackages(host, facts, wish.packages, run, then);
  return withRpms(({ distribution, files: rpms = [] }) =>
    withImages(pulled, gathering, (remote) => {
      const sources = new Map([...rpms, ...local.files, ...remote.files]);
      const lock: BundleLock = {
        apiVersion: 'kinit.dev/v1alpha1',
        kind: 'Bundle',
        created: new Date(run.now).toISOString(),
        kubernetesVersion: wish.kubernetesVersion,
        ...defined({ distribution }),
        packages: wish.packages?.packages ?? [],
        images: [...local.images, ...remote.images],
        files: [...sources].map(([path, { size, sha256 }]) => ({ path, size, sha256 })),
      };
      return use(lock, sources);
    }),
  );
}

interface GatheredImages {
  readonly images: readonly BundleImage[];
  readonly files: ReadonlyMap<string, Source>;
}

/** What the archives at hand hold of it. */
async function localImages({ images, archives }: BundleWish): Promise<GatheredImages> {
  const found: BundleImage[] = [];
  const files = new Map<string, Source>();
  for (const archive of archives) {
    const file = `${imageFolder}/${plainName(archive.name.replace(/\.tar$/, ''))}.tar`;
    for (const { name, id } of archive.images) {
      const wanted = images.find((image) => fullName(image.name) === name);
      if (wanted === undefined || found.some((image) => image.name === name)) continue;
      if (!files.has(file)) files.set(file, await archive.source());
      found.push({ name, ...defined({ id }), file, nodes: wanted.nodes });
    }
  }
  return { images: found, files };
}

function refuseWithoutRuntime(names: readonly string[], { archives }: BundleWish, { host, facts }: Gathering): void {
  if (facts.runtimes.length > 0) return;
  const known = archives.flatMap(({ images }) => images.map(({ name }) => name));
  const lines = names.map((name) => `  ${name}${near(name, known)}`);
  throw new KinitError(
    `these images are in no archive at hand, and there is no container runtime to pull them:\n${lines.join('\n')}`,
    {
      host: host.name,
      hint: 'name a folder with archives of them: --images-dir, or start a runtime on this host',
    },
  );
}

/** Other versions of the same image. */
function near(name: string, known: readonly string[]): string {
  const last = (image: string) => image.split('/').at(-1)?.split(':')[0];
  const others = known.filter((one) => last(one) === last(name));
  return others.length === 0 ? '' : ` (there is ${others.join(', ')})`;
}

/** Each image in an archive of its own, so that a host gets no more than it lacks. */
async function withImages<Result>(
  images: BundleWish['images'],
  gathering: Gathering,
  use: (gathered: GatheredImages) => Promise<Result>,
): Promise<Result> {
  if (images.length === 0) return use({ images: [], files: new Map() });
  const {
    host,
    run: { signal },
  } = gathering;
  const groups = new Map(images.map(({ name }) => [`${plainName(name)}.tar`, [name]]));
  return withSavedImages(host, groups, gathering, async (saved) => {
    const script = 'for file in "$@"; do tar -xOf "$file" manifest.json | tr -d "\\n"; echo; done';
    const paths = [...saved.values()].map(({ path }) => path);
    const { stdout } = await host.run(['sh', '-c', script, 'sh', ...paths], { deadline: 600, signal });
    const manifests = stdout.split('\n');
    const found = images.map(({ name, nodes }, index): BundleImage => {
      const id = idIn(manifests[index] ?? '');
      return {
        name: fullName(name),
        ...defined({ id }),
        file: `${imageFolder}/${plainName(name)}.tar`,
        nodes,
      };
    });
    const files = new Map([...saved].map(([name, { source }]) => [`${imageFolder}/${name}`, source]));
    return use({ images: found, files });
  });
}

function idIn(manifest: string): string | undefined {
  try {
    return dockerImages(parseJson(manifest))[0]?.id;
  } catch {
    return undefined;
  }
}

/** A name for a file: `registry.k8s.io_pause_3.9`. */
function plainName(image: string): string {
  return image
    .replace(/[^A-Za-z0-9.-]+/g, '_')
    .replace(/^[._-]+/, '')
    .slice(-80)
    .replace(/^[._-]+/, '');
}
