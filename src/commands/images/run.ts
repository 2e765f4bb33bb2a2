import { resolve } from 'node:path';
import type { LocalFile } from '../../archive/local-file.ts';
import { InputError } from '../../errors.ts';
import type { Facts } from '../../host/facts/facts.ts';
import { slots } from '../../host/slots.ts';
import type { ImageArchive } from '../../phases/image-load.ts';
import type { ImageWork } from '../../workflows/images/images.ts';
import { type EachHostFlags, onEachHost, positive } from '../each-host.ts';
import { openTarget } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { openStory, type Story } from '../story.ts';
import { type ImageFlags, type WantedImages, wantedImages } from './flags.ts';

type Flags = ImageFlags & EachHostFlags;

/** `kinit images pull`. Throws KinitError. */
export async function runPull(flags: Flags, io: Io, exit: (code: number) => void): Promise<void> {
  const { pullImages } = await import('../../workflows/images/images.ts');
  const wanted = await wantedImages(flags, io);
  const images = wanted.images();
  const isLocal = flags.host === undefined && wanted.inventory === undefined;
  await onEachHost(
    flags,
    io,
    exit,
    async (host, story) => {
      await pullImages(host, images, 'Always', workFor(wanted, story, io));
      if (!isLocal) return `${images.length} images pulled`;
      return images.map((image) => `[config/images] Pulled ${image}`).join('\n');
    },
    wanted.inventory,
  );
}

/** `kinit images load`. Throws KinitError; every file is looked at before a host is. */
export async function runLoad(
  files: readonly string[],
  flags: Flags & { readonly parallelUploads?: string },
  io: Io,
  exit: (code: number) => void,
): Promise<void> {
  const { loadImages } = await import('../../workflows/images/images.ts');
  const uploads = slots(positive('--parallel-uploads', flags.parallelUploads ?? '4'));
  const wanted = await wantedImages(flags, io);
  const opened: LocalFile[] = [];
  try {
    const archives: ImageArchive[] = [];
    for (const file of files) archives.push(await archiveOf(resolve(io.cwd, file), opened));
    await onEachHost(flags, io, exit, async (host, story) => {
      const work = { ...workFor(wanted, story, io), uploads };
      let loaded = 0;
      for (const archive of archives) loaded += await loadImages(host, archive, work);
      const total = archives.flatMap(({ images }) => images).length;
      return loaded === 0 ? `all ${total} images were there` : `${loaded} of ${total} images loaded`;
    });
  } finally {
    await Promise.all(opened.map((file) => file.close()));
  }
}

async function archiveOf(path: string, opened: LocalFile[]): Promise<ImageArchive> {
  const { digestOf, openLocalFile, partOf } = await import('../../archive/local-file.ts');
  const { archivedImages } = await import('../../archive/image-archive.ts');
  const file = await openLocalFile(path);
  opened.push(file);
  const images = (await archivedImages(file)).map(({ name }) => name);
  const sha256 = await digestOf(file);
  return { images, path: `/var/lib/kinit/images/${sha256.slice(0, 16)}.tar`, source: partOf(file, sha256) };
}

/** `kinit images save`. Throws KinitError; the file appears only when it is whole. */
export async function runSave(
  images: readonly string[],
  flags: Flags & { readonly outputFile: string },
  io: Io,
): Promise<void> {
  const { withSavedImages } = await import('../../workflows/images/images.ts');
  const { checked, writeWhole } = await import('../../archive/local-file.ts');
  const wanted = await wantedImages(flags, io);
  refuseNoImages(images);
  const names = images.length > 0 ? images : wanted.images();
  const path = resolve(io.cwd, flags.outputFile);
  await onOneHost(flags, io, async (host, story) => {
    const groups = new Map([['images.tar', names]]);
    await withSavedImages(host, groups, workFor(wanted, story, io), async (archives) => {
      for (const { source } of archives.values()) await writeWhole(path, checked(source, path));
    });
    return `${names.length} images saved in ${flags.outputFile}`;
  });
}

/** `kinit images push`. Throws KinitError. */
export async function runPush(
  registry: string,
  images: readonly string[],
  flags: Flags & { readonly plainHttp?: boolean },
  io: Io,
): Promise<void> {
  const { pushImages } = await import('../../workflows/images/images.ts');
  const { isImageRepository } = await import('../../config/rules.ts');
  const wanted = await wantedImages(flags, io);
  const base = registry.replace(/\/+$/, '');
  if (!isImageRepository(base)) {
    throw new InputError([{ place: registry, message: 'is not a registry such as registry.example.com/kubernetes' }]);
  }
  refuseNoImages(images);
  const theirs = wanted.images(base);
  const renamed = new Map(
    images.length > 0
      ? images.map((image) => [image, `${base}/${image.split('/').at(-1)}`])
      : wanted.images().map((image, index) => [image, theirs[index] ?? image]),
  );
  await onOneHost(flags, io, async (host, story) => {
    await pushImages(host, renamed, { plainHttp: flags.plainHttp === true }, workFor(wanted, story, io));
    return [...renamed.values()].join('\n');
  });
}

/** A runtime's tool would take a word with a hyphen in front for an option. */
function refuseNoImages(names: readonly string[]): void {
  const wrong = names.filter((name) => !/^[a-zA-Z0-9][\w.:@/-]*$/.test(name));
  if (wrong.length > 0) throw new InputError(wrong.map((place) => ({ place, message: 'is not the name of an image' })));
}

async function onOneHost(
  flags: Flags,
  io: Io,
  work: (host: Awaited<ReturnType<typeof openTarget>>, story: Story) => Promise<string>,
): Promise<void> {
  const host = await openTarget(flags, io);
  const story = await openStory(flags, io);
  try {
    const text = await work(host, story);
    await story.reporter.end();
    if (story.json) io.result({ text });
    else io.stdout.write(`${text}\n`);
  } finally {
    await story.reporter.end();
    await host.close();
  }
}

function workFor(wanted: WantedImages, { reporter }: Story, io: Io): ImageWork {
  return {
    release: wanted.release,
    criSocket: (facts: Facts) => wanted.configFor(facts).nodeRegistration.criSocket,
    reporter,
    signal: io.signal,
    now: io.now(),
    uploads: slots(1),
  };
}
