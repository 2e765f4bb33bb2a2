import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArchivedImage, archivedImages } from '../archive/image-archive.ts';
import { digestOf, type LocalFile, openLocalFile, partOf } from '../archive/local-file.ts';
import type { Source } from '../archive/source.ts';
import { KinitError } from '../errors.ts';

/** An archive in a folder of this machine. */
export interface FolderArchive {
  readonly name: string;
  readonly images: readonly ArchivedImage[];
  /** Reads all of it for its digest. */
  source(): Promise<Source>;
}

export interface ImageFolder {
  readonly archives: readonly FolderArchive[];
  close(): Promise<void>;
}

/** The archives of images (`*.tar`) in a folder of this machine. Throws KinitError (exit 3) for one that is none. */
export async function openImageFolder(path: string): Promise<ImageFolder> {
  const names = await readdir(path).catch((error: unknown) => {
    throw new KinitError(`--images-dir ${path}: ${(error as Error).message}`, { exitCode: 3, cause: error });
  });
  const files: LocalFile[] = [];
  const close = async () => {
    await Promise.all(files.map((file) => file.close()));
  };
  try {
    const archives: FolderArchive[] = [];
    for (const name of names.filter((one) => one.endsWith('.tar')).sort()) {
      const file = await openLocalFile(join(path, name));
      files.push(file);
      archives.push({
        name,
        images: await archivedImages(file),
        source: async () => partOf(file, await digestOf(file)),
      });
    }
    return { archives, close };
  } catch (error) {
    await close();
    throw error;
  }
}
