import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pieces, type Source } from '../../../src/archive/source.ts';
import { tarEnd, tarHeader, tarPadding } from '../../../src/archive/tar.ts';
import { openBundle, verifyBundle } from '../../../src/bundle/bundle-file.ts';
import type { BundleLock } from '../../../src/bundle/lock.ts';
import { writeBundle } from '../../../src/bundle/write-bundle.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-bundle-'));
});
afterEach(() => rm(folder, { recursive: true }));

function source(text: string): Source {
  const bytes = Buffer.from(text);
  return {
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

const contents = new Map([
  ['rpms/kubelet-1.20.2-0.x86_64.rpm', source('an rpm')],
  ['rpms/repodata/repomd.xml', source('<repomd/>')],
  ['images/pause-3.2.tar', source('x'.repeat(3000))],
]);

const lock: BundleLock = {
  apiVersion: 'kinit.dev/v1alpha1',
  kind: 'Bundle',
  created: '2026-11-21T00:00:00.000Z',
  kubernetesVersion: 'v1.20.2',
  distribution: { id: 'centos', version: '9', architecture: 'x86_64' },
  packages: ['kubelet-1.20.2'],
  images: [{ name: 'k8s.gcr.io/pause:3.2', file: 'images/pause-3.2.tar', nodes: 'all' }],
  files: [...contents].map(([path, { size, sha256 }]) => ({ path, size, sha256 })),
};

/** A lock's parts with one image, changed. */
function oneImage(change: object): object {
  return {
    files: [{ path: 'images/a.tar', size: 1, sha256: 'a'.repeat(64) }],
    images: [{ name: 'pause:3.2', file: 'images/a.tar', nodes: 'all', ...change }],
  };
}

async function bundleFile(): Promise<string> {
  const path = join(folder, 'bundle.tar');
  await writeBundle(path, lock, contents);
  return path;
}

/** A bundle of nothing but a lock. */
function withLock(text: string): Buffer {
  const header = tarHeader('kinit-bundle.json', text.length, 0);
  return Buffer.concat([header, Buffer.from(text), tarPadding(text.length), tarEnd]);
}

async function check(path: string): Promise<void> {
  const bundle = await openBundle(path);
  await verifyBundle(bundle).finally(() => bundle.close());
}

describe('a bundle', () => {
  it('gives back what was put into it, and whom it is for', async () => {
    const bundle = await openBundle(await bundleFile());
    expect(bundle.lock).toEqual(lock);
    for (const [path, { sha256 }] of contents) {
      const hash = createHash('sha256');
      for await (const piece of pieces(bundle.source(path))) hash.update(piece);
      expect(hash.digest('hex')).toBe(sha256);
    }
    await verifyBundle(bundle);
    await bundle.close();
  });

  it('is the same file whenever it is made of the same things', async () => {
    const first = await readFile(await bundleFile());
    expect((await readFile(await bundleFile())).equals(first)).toBe(true);
  });

  it('may be read by everyone, and nothing lies beside it', async () => {
    const path = await bundleFile();
    expect((await stat(path)).mode & 0o777).toBe(0o644);
    expect(await readdir(folder)).toEqual(['bundle.tar']);
  });

  it('does not appear when something that goes into it has changed meanwhile', async () => {
    const changed = new Map([
      ...contents,
      ['images/pause-3.2.tar', { ...source('y'.repeat(3000)), sha256: lock.files[2]!.sha256 }],
    ]);
    await expect(writeBundle(join(folder, 'bundle.tar'), lock, changed)).rejects.toThrow(
      /images\/pause-3.2.tar changed/,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('is refused a folder that is not there', async () => {
    await expect(writeBundle(join(folder, 'nowhere/bundle.tar'), lock, contents)).rejects.toThrow(
      /folder does not exist/,
    );
  });
});

describe('a broken bundle', () => {
  it.each([0.2, 0.6, 0.9])('is told to be truncated when only %d of it came', async (share) => {
    const path = await bundleFile();
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * share)));
    await expect(check(path)).rejects.toMatchObject({ message: expect.stringContaining('truncated'), exitCode: 3 });
  });

  it('is told to be tampered with when one byte of a file is another, and the file is named', async () => {
    const path = await bundleFile();
    const bytes = await readFile(path);
    bytes[bytes.indexOf('xxxx') + 1000] = 0;
    await writeFile(path, bytes);
    await expect(check(path)).rejects.toMatchObject({
      message: expect.stringContaining('images/pause-3.2.tar has another digest'),
      exitCode: 6,
    });
  });

  it('is judged by what was opened, though another file has its name by now', async () => {
    const path = await bundleFile();
    const bytes = await readFile(path);
    const good = Buffer.from(bytes);
    bytes[bytes.indexOf('xxxx') + 1000] = 0;
    await writeFile(path, bytes);
    const bundle = await openBundle(path);
    await rm(path);
    await writeFile(path, good);
    await expect(verifyBundle(bundle)).rejects.toMatchObject({ exitCode: 6 });
    await bundle.close();
  });

  it('is told to be tampered with when a file was added or swapped for another length', async () => {
    const path = join(folder, 'bundle.tar');
    await writeBundle(path, lock, contents);
    const files = [...lock.files.slice(1), { path: 'rpms/evil.rpm', size: 4, sha256: source('evil').sha256 }];
    await writeBundle(
      join(folder, 'other.tar'),
      { ...lock, files },
      new Map([...contents, ['rpms/evil.rpm', source('evil')]]),
    );
    const other = await readFile(join(folder, 'other.tar'));
    const head = (bytes: Buffer) => 512 + Math.ceil(bytes.indexOf('\0', 512) / 512) * 512 - 512;
    const bytes = await readFile(path);
    await writeFile(path, Buffer.concat([bytes.subarray(0, head(bytes)), other.subarray(head(other))]));
    const refused = check(path);
    await expect(refused).rejects.toMatchObject({ exitCode: 6 });
    await expect(refused).rejects.toThrow(/kubelet-1.20.2-0.x86_64.rpm is missing[\s\S]*evil.rpm does not belong/);
  });

  it.each([
    ['a symbolic link', '2'],
    ['a device', '3'],
    ['a hard link', '1'],
  ])('is refused where a file of its lock is %s, though its content fits', async (_, type) => {
    const path = await bundleFile();
    const bytes = await readFile(path);
    const header = bytes.subarray(bytes.lastIndexOf('images/pause-3.2.tar'), undefined).subarray(0, 512);
    header.write(type, 156);
    header.fill(' ', 148, 156);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    await writeFile(path, bytes);
    await expect(check(path)).rejects.toMatchObject({
      message: expect.stringContaining('images/pause-3.2.tar is no plain file'),
      exitCode: 6,
    });
  });

  it.each([
    ['a text', 'hello\n'],
    ['nothing', ''],
    ['a compressed file', Buffer.from([0x1f, 0x8b, 8, 0])],
  ])('is told from %s', async (_, content) => {
    const path = join(folder, 'foreign');
    await writeFile(path, content);
    await expect(check(path)).rejects.toMatchObject({
      message: expect.stringContaining('not a kinit bundle'),
      exitCode: 3,
    });
  });

  it.each([
    ['leads out of its folder', { files: [{ path: '../../etc/passwd', size: 1, sha256: 'a'.repeat(64) }] }],
    ['hides', { files: [{ path: 'rpms/.hidden', size: 1, sha256: 'a'.repeat(64) }] }],
    ['has no digest', { files: [{ path: 'rpms/a.rpm', size: 1, sha256: 'none' }] }],
    ['is an option', { packages: ['--installroot=/'] }],
    ['is an option behind nothing', { packages: [null, '--setopt=tsflags=noscripts'] }],
    ['is a file', { packages: ['/tmp/evil.rpm'] }],
    ['is a file of the folder that one is in', { packages: ['evil.rpm'] }],
    ['is a group', { packages: ['@everything'] }],
    ['is a number', { packages: [7] }],
    ['is nothing', { images: [null] }],
    ['is nothing among files', { files: [null] }],
    ['is no list', { packages: 'kubelet' }],
    ['has a size that is text', { files: [{ path: 'rpms/a.rpm', size: '1', sha256: 'a'.repeat(64) }] }],
    ['has a negative size', { files: [{ path: 'rpms/a.rpm', size: -1, sha256: 'a'.repeat(64) }] }],
    ['has an image named null', { ...oneImage({ name: null }) }],
    ['has an image that is an option', { ...oneImage({ name: '--all' }) }],
    ['has an image that leads elsewhere', { ...oneImage({ name: 'a/../../b' }) }],
    ['has an image for nobody', { ...oneImage({ nodes: 'nobody' }) }],
    ['has an id that is none', { ...oneImage({ id: '$(id)' }) }],
    ['is for an architecture that is an option', { distribution: { id: 'centos', version: '9', architecture: '-x' } }],
    ['is for a distribution that is a text', { distribution: 'centos' }],
    ['is for a version that is none', { kubernetesVersion: 'v1' }],
    ['was made at no time', { created: 'yesterday' }],
    ['names a file that is not there', { images: [{ name: 'pause:3.2', file: 'images/none.tar', nodes: 'all' }] }],
  ])('is refused when an entry of its lock %s', async (_, change) => {
    const path = join(folder, 'bundle.tar');
    const bad = { ...lock, files: [], images: [], ...change } as BundleLock;
    await writeFile(path, withLock(JSON.stringify(bad)));
    await expect(check(path)).rejects.toMatchObject({ message: expect.stringContaining('cannot be'), exitCode: 3 });
  });

  it('is refused when its lock is of endless depth', async () => {
    const path = join(folder, 'bundle.tar');
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    await writeFile(path, withLock(JSON.stringify(lock).replace('"packages":[', `"packages":[${deep},`)));
    await expect(check(path)).rejects.toMatchObject({ message: expect.stringContaining('no lock file'), exitCode: 3 });
  });

  it('is refused when a later kinit has made it', async () => {
    const path = join(folder, 'bundle.tar');
    await writeBundle(path, { ...lock, apiVersion: 'kinit.dev/v2' as 'kinit.dev/v1alpha1' }, contents);
    await expect(check(path)).rejects.toThrow(/another version of kinit/);
  });
});
