import { randomUUID } from 'node:crypto';
import { fullName } from '../../archive/image-name.ts';
import type { Source } from '../../archive/source.ts';
import { KinitError } from '../../errors.ts';
import type { Change } from '../../execute/change.ts';
import { perform } from '../../execute/executor.ts';
import type { Run } from '../../execute/run.ts';
import { on } from '../../execute/target.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Host } from '../../host/host.ts';
import { remoteFiles } from '../../host/shell/remote-file.ts';
import { type ImageArchive, imageImports } from '../../phases/image-load.ts';
import { imagesLacking, missingImages } from '../../phases/image-pull.ts';
import { type RuntimeTool, runtimeTool } from '../../phases/runtime-tool.ts';
import { runtimeOf } from '../../preflight/runtime-of.ts';
import { socketPath } from '../../preflight/subject.ts';
import type { Release } from '../../release/release.ts';

/** What work on the images of hosts needs. */
export interface ImageWork {
  readonly release: Release;
  /** The socket of the host's runtime, as the configuration and the host's facts have it. */
  readonly criSocket: (facts: Facts) => string;
  readonly run: Run;
}

/** Pulls the images, or those that the host lacks. Returns how many. Throws KinitError that names the image. */
export async function pullImages(
  host: Host,
  images: readonly string[],
  imagePullPolicy: 'Always' | 'IfNotPresent',
  work: ImageWork,
): Promise<number> {
  const { facts, criSocket } = await runtimeOn(host, work);
  const changes = missingImages(images, { criSocket, imagePullPolicy }, facts, []);
  const pulls = changes.filter(({ kind }) => kind === 'command');
  await act(pulls, host, work);
  return pulls.length;
}

/** Brings an archive to the host, piece by piece, and imports it. Returns how many of its images the host lacked. */
export async function loadImages(host: Host, archive: ImageArchive, work: ImageWork): Promise<number> {
  const { facts, criSocket } = await runtimeOn(host, work);
  await act(imageImports([archive], criSocket, facts), host, work);
  return imagesLacking(archive.images, facts, criSocket).length;
}

/** An archive of images on a host. */
export interface SavedImages {
  readonly path: string;
  readonly source: Source;
}

/**
 * Writes the images of a host into archives there, `groups` by name, pulling what it lacks, and hands them over; they are
 * gone from the host afterwards.
 */
export async function withSavedImages<Result>(
  host: Host,
  groups: ReadonlyMap<string, readonly string[]>,
  work: ImageWork,
  use: (archives: ReadonlyMap<string, SavedImages>) => Promise<Result>,
): Promise<Result> {
  const all = [...groups.values()].flat();
  await pullImages(host, all, 'IfNotPresent', work);
  const { tool } = await runtimeOn(host, work);
  const folder = `/var/lib/kinit/save-${randomUUID().slice(0, 8)}`;
  const paths = new Map([...groups.keys()].map((name) => [name, `${folder}/${name}`]));
  try {
    const saves = [...groups].map(([name, images]): Change => saving(tool, `${folder}/${name}`, images));
    await act([{ kind: 'directory', path: folder, mode: 0o700 }, ...saves], host, work);
    const sources = await remoteFiles(host, [...paths.values()], work.run.signal);
    const saved = [...paths].flatMap(([name, path], index): [string, SavedImages][] => {
      const source = sources[index];
      return source ? [[name, { path, source }]] : [];
    });
    return await use(new Map(saved));
  } finally {
    await host.perform([{ op: 'remove', path: folder }]).catch(() => undefined);
  }
}

function saving(tool: RuntimeTool, path: string, images: readonly string[]): Change {
  return {
    kind: 'command',
    argv: tool.save(path, images.map(fullName)),
    deadline: 900,
    says: `[images] Saving ${images.join(', ')}`,
    advice:
      'a runtime that discards unpacked layers cannot give an image back: pull it there again, or take another host',
  };
}

/** Gives images of the host the names of another registry and pushes them. */
export async function pushImages(
  host: Host,
  renamed: ReadonlyMap<string, string>,
  options: { readonly plainHttp: boolean },
  work: ImageWork,
): Promise<void> {
  await pullImages(host, [...renamed.keys()], 'IfNotPresent', work);
  const { tool } = await runtimeOn(host, work);
  const changes = [...renamed].flatMap(([image, name]): readonly Change[] => [
    ...(image === name ? [] : [{ kind: 'command' as const, argv: tool.tag(fullName(image), name) }]),
    {
      kind: 'command',
      argv: tool.push(name, options),
      deadline: 900,
      says: `[images] Pushing ${name}`,
      advice: `check that the host reaches the registry and may write there (${tool.program === 'ctr' ? 'a registry without TLS needs --plain-http' : `${tool.program} login`})`,
    },
  ]);
  await act(changes, host, work);
}

interface FoundRuntime {
  readonly facts: Facts;
  readonly criSocket: string;
  readonly tool: RuntimeTool;
}

/** The host's runtime. Throws KinitError where there is none, or none that answers. */
async function runtimeOn(host: Host, work: ImageWork): Promise<FoundRuntime> {
  const { facts } = await host.observe({ facts: true });
  if (facts === undefined) throw new Error(`${host.name} told no facts`);
  const criSocket = work.criSocket(facts);
  const tool = runtimeTool(criSocket, facts);
  const path = socketPath(criSocket);
  if (runtimeOf(facts, { criSocket }) === undefined) {
    const hint = 'install one (kinit prepare), start it, or name its socket: --cri-socket';
    throw new KinitError(`no container runtime answers at ${path}`, { host: host.name, hint });
  }
  if (!facts.programs.has(tool.program)) {
    const hint = `install ${tool.program} there`;
    throw new KinitError(`there is no ${tool.program} to handle the images of ${path}`, { host: host.name, hint });
  }
  return { facts, criSocket, tool };
}

async function act(changes: readonly Change[], host: Host, work: ImageWork): Promise<void> {
  await perform(
    changes.map((change) => ({ phase: 'images', change })),
    on(work.run, { host, release: work.release }),
  );
}
