import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archivedImages } from '../../../src/archive/image-archive.ts';
import { openLocalFile } from '../../../src/archive/local-file.ts';
import { tarEnd, tarHeader, tarPadding } from '../../../src/archive/tar.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-images-'));
});
afterAll(() => rm(folder, { recursive: true }));

const hex = createHash('sha256').update('configuration').digest('hex');

function tar(files: Readonly<Record<string, unknown>>): Buffer {
  const parts = Object.entries(files).map(([name, content]) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    return Buffer.concat([tarHeader(name, text.length, 0), Buffer.from(text), tarPadding(text.length)]);
  });
  return Buffer.concat([...parts, tarEnd]);
}

async function imagesIn(bytes: Buffer) {
  const path = join(folder, 'images.tar');
  await writeFile(path, bytes);
  const file = await openLocalFile(path);
  return archivedImages(file).finally(() => file.close());
}

describe('the images in an archive', () => {
  it.each([
    [
      'docker save',
      { 'layer.tar': 'x', 'manifest.json': [{ Config: `${hex}.json`, RepoTags: ['k8s.gcr.io/pause:3.2'] }] },
    ],
    [
      'ctr images export',
      {
        'index.json': { manifests: [] },
        'manifest.json': [{ Config: `blobs/sha256/${hex}`, RepoTags: ['k8s.gcr.io/pause:3.2'] }],
      },
    ],
  ])('are told with their IDs by what %s writes', async (_, files) => {
    expect(await imagesIn(tar(files))).toEqual([{ name: 'k8s.gcr.io/pause:3.2', id: `sha256:${hex}` }]);
  });

  it('are told by an OCI layout alone', async () => {
    const annotations = {
      'io.containerd.image.name': 'docker.io/library/nginx:1.19',
      'org.opencontainers.image.ref.name': '1.19',
    };
    const images = await imagesIn(tar({ 'oci-layout': '{}', 'index.json': { manifests: [{ annotations }] } }));
    expect(images).toEqual([{ name: 'docker.io/library/nginx:1.19', id: undefined }]);
  });

  it('have the names that a runtime uses', async () => {
    const images = await imagesIn(
      tar({ 'manifest.json': [{ Config: 'x', RepoTags: ['nginx:1.19', 'flannel/flannel:v0.25.1'] }] }),
    );
    expect(images.map(({ name }) => name)).toEqual([
      'docker.io/library/nginx:1.19',
      'docker.io/flannel/flannel:v0.25.1',
    ]);
  });

  it.each([
    ['a compressed archive', gzipSync(tar({ 'manifest.json': [] })), /compressed/],
    ['an archive of something else', tar({ 'notes.txt': 'hello' }), /none of images/],
    ['an archive without names', tar({ 'manifest.json': [{ Config: 'x', RepoTags: null }] }), /no names/],
    ['no archive', Buffer.from('hello'), /not a tar archive/],
    ['an archive that was cut short', tar({ 'layer.tar': 'x'.repeat(5000) }).subarray(0, 2000), /truncated/],
    ['a broken list', tar({ 'manifest.json': '[{' }), /not readable/],
    ['a list of endless depth', tar({ 'manifest.json': '['.repeat(100_000) }), /not readable/],
    ['a list of nothing', tar({ 'manifest.json': [null, 7, 'x', []] }), /no names/],
    ['a list of names that are none', tar({ 'manifest.json': [{ Config: {}, RepoTags: [null, 7] }] }), /no names/],
    ['a layout of nothing', tar({ 'index.json': { manifests: [null, { annotations: null }] } }), /no names/],
    [
      'a layout of names that are none',
      tar({ 'index.json': { manifests: [{ annotations: { 'io.containerd.image.name': 7 } }] } }),
      /no names/,
    ],
  ])('are not looked for in %s', async (_, bytes, words) => {
    await expect(imagesIn(bytes)).rejects.toMatchObject({ message: expect.stringMatching(words), exitCode: 3 });
  });

  it('cannot be told by a file that is not there', async () => {
    await expect(openLocalFile(join(folder, 'nowhere.tar'))).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('no such file'),
    });
  });
});
