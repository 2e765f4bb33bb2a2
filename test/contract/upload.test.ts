import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedBytes } from '../../src/archive/local-file.ts';
import { pieceSize, type Source } from '../../src/archive/source.ts';
import type { Host } from '../../src/host/host.ts';
import { openHosts } from '../../src/host/open-hosts.ts';
import { remoteFiles } from '../../src/host/shell/remote-file.ts';
import { slots } from '../../src/host/slots.ts';
import { type Upload, uploadFiles } from '../../src/host/upload.ts';
import { FakeHost } from '../fakes/host.ts';
import { keyPair, type SshServer, startSshServer } from './ssh-server.ts';

/** A source in memory that remembers which parts were read. */
class Memory implements Source {
  readonly size: number;
  readonly sha256: string;
  readonly offsets: number[] = [];
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.size = bytes.length;
    this.sha256 = createHash('sha256').update(bytes).digest('hex');
  }

  read = async (offset: number, length: number): Promise<Buffer> => {
    this.offsets.push(offset);
    return this.bytes.subarray(offset, offset + length);
  };
}

let home = '';
let remote = '';
let server: SshServer;
let host: Host;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'kinit-upload-'));
  remote = join(home, 'remote');
  await mkdir(join(home, '.ssh'));
  const key = keyPair();
  await writeFile(join(home, '.ssh/id_ed25519'), key.private, { mode: 0o600 });
  server = await startSshServer({ authorizedKeys: [key.public] });
  await writeFile(join(home, '.ssh/known_hosts'), `[127.0.0.1]:${server.port} ${server.publicKey}\n`);
  const settings = { home, user: 'root', knownHostsFiles: [join(home, '.ssh/known_hosts')], configFiles: [] };
  const { hosts, failures } = await openHosts([{ address: '127.0.0.1', port: server.port }], settings);
  if (failures[0]) throw failures[0];
  host = hosts[0]!;
});

afterEach(async () => {
  await host.close();
  await server.close();
  await rm(home, { recursive: true });
});

const upload = (name: string, source: Source, mode = 0o644): Upload => ({ path: join(remote, name), mode, source });
const partOf = (name: string, { sha256 }: Source): string => join(remote, `${name}.${sha256.slice(0, 12)}.part`);

describe('an upload over SSH', () => {
  it('brings every byte of large, small and empty files, with their modes', async () => {
    const files = {
      'rpms/large.rpm': randomBytes(pieceSize * 2 + 17),
      'rpms/small.rpm': randomBytes(10),
      empty: Buffer.alloc(0),
    };
    await uploadFiles(
      host,
      Object.entries(files).map(([name, bytes]) => upload(name, new Memory(bytes), 0o640)),
    );
    for (const [name, bytes] of Object.entries(files)) {
      expect((await readFile(join(remote, name))).equals(bytes)).toBe(true);
      expect((await stat(join(remote, name))).mode & 0o777).toBe(0o640);
    }
    expect(await readdir(join(remote, 'rpms'))).toEqual(['large.rpm', 'small.rpm']);
  });

  it('brings a hundred small files in one round trip, between two looks', async () => {
    const before = server.commands().length;
    await uploadFiles(
      host,
      Array.from({ length: 100 }, (_, index) => upload(`rpms/${index}`, new Memory(randomBytes(1000)))),
    );
    expect(server.commands().length - before).toBe(3);
    expect(await readdir(join(remote, 'rpms'))).toHaveLength(100);
  });

  it('reads nothing of a file that the host has', async () => {
    const bytes = randomBytes(1000);
    await uploadFiles(host, [upload('file', new Memory(bytes))]);
    const again = new Memory(bytes);
    await uploadFiles(host, [upload('file', again)]);
    expect(again.offsets).toEqual([]);
  });

  it('replaces a file of the same name and another content', async () => {
    await uploadFiles(host, [upload('file', new Memory(Buffer.from('old')))]);
    await uploadFiles(host, [upload('file', new Memory(Buffer.from('new')))]);
    expect(await readFile(join(remote, 'file'), 'utf8')).toBe('new');
  });

  it('goes on where it stopped when the connection breaks', async () => {
    const source = new Memory(randomBytes(pieceSize * 3));
    let cut = false;
    await uploadFiles(host, [upload('large', source)], {
      progress: (done) => {
        if (!cut && done >= pieceSize) server.cut();
        cut = cut || done >= pieceSize;
      },
    });
    expect((await readFile(join(remote, 'large'))).equals(source.bytes)).toBe(true);
    expect(source.offsets.filter((offset) => offset === 0)).toHaveLength(1);
    expect(server.connections()).toBe(2);
  });

  it('goes on where a killed one stopped', async () => {
    const source = new Memory(randomBytes(100_000));
    await mkdir(remote);
    await writeFile(partOf('file', source), source.bytes.subarray(0, 60_000));
    await uploadFiles(host, [upload('file', source)]);
    expect(source.offsets).toEqual([60_000]);
    expect((await readFile(join(remote, 'file'))).equals(source.bytes)).toBe(true);
    expect(await readdir(remote)).toEqual(['file']);
  });

  it('finishes one that was killed between its last byte and its name', async () => {
    const source = new Memory(randomBytes(1000));
    await mkdir(remote);
    await writeFile(partOf('file', source), source.bytes);
    await uploadFiles(host, [upload('file', source)]);
    expect(await readdir(remote)).toEqual(['file']);
  });

  it('starts again when what is there is something else', async () => {
    const source = new Memory(randomBytes(1000));
    await mkdir(remote);
    await writeFile(partOf('file', source), randomBytes(600));
    await uploadFiles(host, [upload('file', source)]);
    expect((await readFile(join(remote, 'file'))).equals(source.bytes)).toBe(true);
  });

  it('never gives its name to a file with another digest', async () => {
    const source = new Memory(randomBytes(1000));
    const lying = { ...source, size: source.size, sha256: 'a'.repeat(64), read: source.read };
    await expect(uploadFiles(host, [upload('file', lying)])).rejects.toThrow(/its digest is wrong each time/);
    expect(await readdir(remote)).toEqual([]);
  });

  it('says before it begins that the disk has no room', async () => {
    const huge: Source = { size: 2 ** 52, sha256: 'a'.repeat(64), read: () => Promise.reject(new Error('read')) };
    await expect(uploadFiles(host, [upload('file', huge)])).rejects.toMatchObject({
      message: expect.stringMatching(/no room for .* MiB at .*file: \d+ MiB are free/),
      hint: expect.stringContaining('df -h'),
    });
  });

  it('ends when it is interrupted', async () => {
    const source = new Memory(randomBytes(pieceSize * 3));
    const abort = new AbortController();
    const progress = (): void => abort.abort();
    const interrupted = uploadFiles(host, [upload('large', source)], { signal: abort.signal, progress });
    await expect(interrupted).rejects.toMatchObject({ exitCode: 130 });
    expect(await readdir(remote)).toEqual([`large.${source.sha256.slice(0, 12)}.part`]);
  });

  it('tells how far it is', async () => {
    const told: number[] = [];
    await uploadFiles(host, [upload('large', new Memory(randomBytes(pieceSize * 2)))], {
      progress: (done) => told.push(done),
    });
    expect(told).toEqual([pieceSize, pieceSize * 2, pieceSize * 2]);
  });
});

describe('an upload to a disk that fills up', () => {
  it('says so, and names the file', async () => {
    let calls = 0;
    const script = () => {
      calls += 1;
      return calls === 1
        ? { stdout: '0\n1000000\n' }
        : { code: 74, stderr: 'cat: write error: No space left on device\n' };
    };
    const full = new FakeHost({ name: 'root@10.0.0.1', commands: { 'sh -c': script } });
    await expect(uploadFiles(full, [upload('file', new Memory(randomBytes(10)))])).rejects.toMatchObject({
      message: `the disk is full: ${join(remote, 'file')} could not be written`,
      host: 'root@10.0.0.1',
    });
  });
});

describe('an upload to a host that answers anything', () => {
  it.each(['x\n1000000\n', '-1\n1000000\n', '1e9\n1000000\n', '\u001b[2J\n1\n', '0\nmuch\n', '0\n', ''])(
    'is refused, and the host named: %j',
    async (stdout) => {
      const strange = new FakeHost({ name: 'root@10.0.0.1', commands: { 'sh -c': { stdout } } });
      await expect(uploadFiles(strange, [upload('file', new Memory(randomBytes(10)))])).rejects.toMatchObject({
        name: 'KinitError',
        message: expect.stringContaining('cannot look for files to upload'),
        host: 'root@10.0.0.1',
      });
    },
  );
});

describe('a file of a host', () => {
  it('is read in parts, and every byte of it', async () => {
    const bytes = randomBytes(pieceSize + 100);
    await mkdir(remote);
    await writeFile(join(remote, 'file'), bytes);
    const [source] = await remoteFiles(host, [join(remote, 'file')]);
    const read: Buffer[] = [];
    for await (const piece of checkedBytes(source!, 'file')) read.push(piece);
    expect(Buffer.concat(read).equals(bytes)).toBe(true);
  });

  it('is read on when the connection breaks', async () => {
    await mkdir(remote);
    await writeFile(join(remote, 'file'), 'content');
    const [source] = await remoteFiles(host, [join(remote, 'file')]);
    server.cut();
    expect((await source!.read(3, 4)).toString()).toBe('tent');
  });

  it('is told to be missing', async () => {
    await expect(remoteFiles(host, [join(remote, 'nowhere')])).rejects.toThrow(/cannot read .*nowhere/);
  });
});

describe('slots', () => {
  it('let no more work begin than there are, and go on after a failure', async () => {
    const place = slots(2);
    let running = 0;
    let most = 0;
    const work = (fails: boolean) => async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      if (fails) throw new Error('failed');
    };
    const results = await Promise.allSettled([true, false, true, false, false].map((fails) => place(work(fails))));
    expect(most).toBe(2);
    expect(results.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
  });
});
