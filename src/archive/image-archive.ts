import { KinitError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { fullName } from './image-name.ts';
import type { LocalFile } from './local-file.ts';
import { TarError, tarEntries } from './tar.ts';

/** An image in an archive, by the name that a manifest uses for it. */
export interface ArchivedImage {
  readonly name: string;
  /** `sha256:...` of its configuration, the image ID; undefined where the archive tells only its manifest. */
  readonly id: string | undefined;
}

/**
 * The images in an archive of `docker save` or `ctr images export`: manifest.json (Docker Image Specification v1.2),
 * else index.json (OCI Image Layout). Throws KinitError (exit 3): not such an archive, compressed, or cut short.
 */
export async function archivedImages(file: LocalFile): Promise<readonly ArchivedImage[]> {
  const found = new Map<string, unknown>();
  try {
    for await (const { name, offset, size } of tarEntries(file)) {
      const plain = name.replace(/^\.\//, '');
      if (!documents.has(plain)) continue;
      if (size > longestDocument) throw new TarError('not a tar archive');
      found.set(plain, parseJson((await file.read(offset, size)).toString('utf8')));
    }
  } catch (error) {
    if (error instanceof TarError || error instanceof SyntaxError) throw await broken(file, error);
    throw error;
  }
  const images = found.has('manifest.json')
    ? dockerImages(found.get('manifest.json'))
    : ociImages(found.get('index.json'));
  if (images.length > 0) return images;
  throw new KinitError(
    `${file.path}: ${found.size === 0 ? 'a tar archive, but none of images' : 'its images have no names'}`,
    {
      exitCode: 3,
      hint: 'make it with `kinit images save`, `docker save NAME` or `ctr -n k8s.io images export FILE NAME`',
    },
  );
}

const documents: ReadonlySet<string> = new Set(['manifest.json', 'index.json']);
const longestDocument = 16 * 1024 * 1024;

async function broken(file: LocalFile, error: Error): Promise<KinitError> {
  const magic = await file.read(0, 4);
  const compressed =
    (magic[0] === 0x1f && magic[1] === 0x8b) ||
    magic.toString('latin1', 0, 3) === 'BZh' ||
    magic.readUInt32BE(0) === 0x28b52ffd;
  const why = compressed
    ? 'a compressed file'
    : error instanceof TarError
      ? error.message
      : 'its list of images is not readable';
  const hint = compressed
    ? `unpack it first: gunzip ${file.path}`
    : 'copy it again and compare its sha256sum with where it came from';
  return new KinitError(`${file.path}: ${why}`, { exitCode: 3, hint, cause: error });
}

/** The images that a manifest.json names; none where it is something else. */
export function dockerImages(manifest: unknown): readonly ArchivedImage[] {
  if (!Array.isArray(manifest)) return [];
  return manifest.map(fieldsOf).flatMap(({ Config, RepoTags }) => {
    const id = typeof Config === 'string' ? /([0-9a-f]{64})(?:\.json)?$/.exec(Config)?.[1] : undefined;
    const names = Array.isArray(RepoTags) ? RepoTags.filter((name) => typeof name === 'string') : [];
    return names.map((name) => ({ name: fullName(name), id: id === undefined ? undefined : `sha256:${id}` }));
  });
}

/** containerd names the image in an annotation of its own; the standard one may hold the tag alone. */
function ociImages(index: unknown): readonly ArchivedImage[] {
  const { manifests } = fieldsOf(index);
  if (!Array.isArray(manifests)) return [];
  return manifests.map(fieldsOf).flatMap(({ annotations }) => {
    const told = fieldsOf(annotations);
    const name = told['io.containerd.image.name'] ?? told['org.opencontainers.image.ref.name'];
    return typeof name === 'string' && name.includes('/') ? [{ name: fullName(name), id: undefined }] : [];
  });
}

/** An archive is what somebody made it: what is no mapping has no fields. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
