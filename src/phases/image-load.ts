import type { Source } from '../archive/source.ts';
import type { Change } from '../execute/change.ts';
import type { Facts } from '../host/facts/facts.ts';
import { imagesLacking } from './image-pull.ts';
import { runtimeTool } from './runtime-tool.ts';

/** An archive of images and where it goes on a host. */
export interface ImageArchive {
  /** The images in it, by their full names. */
  readonly images: readonly string[];
  readonly path: string;
  readonly source: Source;
}

/** Seconds to unpack one archive; disks of small machines are slow. */
const importDeadline = 900;

/** Brings the archives of images that the runtime lacks, imports them and takes the archives away again. */
export function imageImports(archives: readonly ImageArchive[], criSocket: string, facts: Facts): readonly Change[] {
  const tool = runtimeTool(criSocket, facts);
  const needed = archives.filter(({ images }) => imagesLacking(images, facts, criSocket).length > 0);
  return [
    ...needed.map(({ path, source }): Change => ({ kind: 'upload', path, mode: 0o600, source })),
    ...needed.flatMap(({ path, images }): readonly Change[] => [
      {
        kind: 'command',
        argv: tool.load(path),
        deadline: importDeadline,
        says: `[images] Importing ${images.join(', ')}`,
        advice: `check that ${tool.program} works there and that its disk has room: the unpacked images take about three times the archive`,
      },
      { kind: 'command', argv: ['rm', '-f', path] },
    ]),
  ];
}
