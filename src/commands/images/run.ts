import { resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import type { Run } from '../../execute/run.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Host } from '../../host/host.ts';
import { slots } from '../../host/slots.ts';
import type { ImageArchive } from '../../phases/image-load.ts';
import type { ImageWork } from '../../workflows/images/images.ts';
import { type EachHostFlags, hasManyHosts, onEachHost, positive } from '../each-host.ts';
import { openTarget } from '../input/targets.ts';
import { type Io, tell } from '../io.ts';
import { inSession, type Session } from '../session.ts';
import { type ImageFlags, type WantedImages, wantedImages } from './flags.ts';

type Flags = ImageFlags & EachHostFlags;

/** `kinit images pull`. Throws KinitError. */
export async function runPull(flags: Flags, io: Io, exit: (code: number) => void): Promise<void> {
  const { pullImages } = await import('../../workflows/images/images.ts');
  const wanted = await wantedImages(flags, io);
  const images = wanted.images();
  const manyHosts = hasManyHosts(flags, wanted.inventory);
  await inSession({ flags, io, exit, manyHosts }, (session) => {
    const work = async (host: Host) => {
      await pullImages(host, images, 'Always', workFor(wanted, session.run));
      if (manyHosts) return `${images.length} images pulled`;
      return images.map((image) => `[config/images] Pulled ${image}`).join('\n');
    };
    return onEachHost(flags, io, session, work, wanted.inventory);
  });
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
  await inSession({ flags, io, exit, manyHosts: hasManyHosts(flags) }, async (session) => {
    const archives: ImageArchive[] = [];
    for (const file of files) archives.push(await archiveOf(resolve(io.cwd, file), session));
    return onEachHost(flags, io, session, async (host) => {
      const work = workFor(wanted, { ...session.run, uploads });
      let loaded = 0;
      for (const archive of archives) loaded += await loadImages(host, archive, work);
      const total = archives.flatMap(({ images }) => images).length;
      return loaded === 0 ? `all ${total} images were there` : `${loaded} of ${total} images loaded`;
    });
  });
}

async function archiveOf(path: string, session: Session): Promise<ImageArchive> {
  const { digestOf, openLocalFile, partOf } = await import('../../archive/local-file.ts');
  const { archivedImages } = await import('../../archive/image-archive.ts');
  const file = session.closing(await openLocalFile(path));
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
  const { checkedBytes, writeWhole } = await import('../../archive/local-file.ts');
  const wanted = await wantedImages(flags, io);
  refuseNoImages(images);
  const names = images.length > 0 ? images : wanted.images();
  const path = resolve(io.cwd, flags.outputFile);
  await onOneHost(flags, io, async (host, session) => {
    const groups = new Map([['images.tar', names]]);
    await withSavedImages(host, groups, workFor(wanted, session.run), async (archives) => {
      for (const { source } of archives.values()) await writeWhole(path, checkedBytes(source, path));
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
  await onOneHost(flags, io, async (host, session) => {
    await pushImages(host, renamed, { plainHttp: flags.plainHttp === true }, workFor(wanted, session.run));
    return [...renamed.values()].join('\n');
  });
}

/** A runtime's tool would take a word with a hyphen in front for an option. */
function refuseNoImages(names: readonly string[]): void {
  const wrong = names.filter((name) => !/^[a-zA-Z0-9][\w.:@/-]*$/.test(name));
  if (wrong.length > 0) throw new InputError(wrong.map((place) => ({ place, message: 'is not the name of an image' })));
}

async function onOneHost(flags: Flags, io: Io, work: (host: Host, session: Session) => Promise<string>): Promise<void> {
  await inSession({ flags, io }, async (session) => {
    const host = session.closing(await openTarget(flags, io));
    const text = await work(host, session);
    await session.told();
    if (session.json) io.result({ text });
    else tell(io, `${text}\n`);
  });
}

function workFor({ release, configFor }: WantedImages, run: Run): ImageWork {
  return { release, criSocket: (facts: Facts) => configFor(facts).nodeRegistration.criSocket, run };
}
