import { once } from 'node:events';
import { createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host, Operation } from '../../src/host/host.ts';
import { Secret } from '../../src/secret.ts';

export interface HostFixture {
  readonly host: Host;
  /** An empty directory on the host, the caller's own. */
  readonly directory: string;
  /** How many times the host was spoken to so far. */
  readonly roundTrips: () => number;
  readonly close: () => Promise<void>;
}

/** What every Host keeps. Its commands are `true`, `false`, `cat`, `printf` and `sh -c 'exit 3'`, for scripted hosts too. */
export function hostContract(name: string, makeHost: () => Promise<HostFixture>): void {
  describe(`${name}: files`, () => {
    const { at, host, fixture } = shared(makeHost);

    it('writes many files with their modes in one round trip', async () => {
      const before = fixture().roundTrips();
      await host().write([
        { path: at('one'), content: 'first\n', mode: 0o644 },
        { path: at('two'), content: new Secret('hidden'), mode: 0o600 },
        { path: at('new/folder/three'), content: Buffer.from([0, 255, 10, 13]), mode: 0o755 },
      ]);
      expect(fixture().roundTrips() - before).toBe(1);
      const { files } = await host().observe({ files: [at('one'), at('two'), at('new/folder/three')] });
      expect(files.get(at('one'))).toMatchObject({ type: 'file', mode: 0o644, content: Buffer.from('first\n') });
      expect(files.get(at('two'))).toMatchObject({ type: 'file', mode: 0o600, content: Buffer.from('hidden') });
      expect(files.get(at('new/folder/three'))).toMatchObject({ mode: 0o755, content: Buffer.from([0, 255, 10, 13]) });
    });

    it('replaces a file whole, with its new mode', async () => {
      await host().write([{ path: at('again'), content: 'long old content', mode: 0o600 }]);
      await host().write([{ path: at('again'), content: '', mode: 0o640 }]);
      const { files } = await host().observe({ files: [at('again')] });
      expect(files.get(at('again'))).toMatchObject({ mode: 0o640, content: Buffer.alloc(0) });
    });

    it.each(["it's", 'two words', 'new\nline', '-rf', '"$(reboot)"', 'end\n', 'größer', '*'])(
      'takes %j as a name',
      async (name) => {
        await host().write([{ path: at(`names/${name}`), content: name, mode: 0o644 }]);
        const { files, paths } = await host().observe({ files: [at(`names/${name}`)], paths: [at('names')] });
        expect(files.get(at(`names/${name}`))?.content?.toString()).toBe(name);
        expect(paths.get(at('names'))?.entries).toContain(name);
      },
    );

    it('carries every byte of a large file', async () => {
      const content = Buffer.alloc(12 * 1024 * 1024, Buffer.from([...Array(251).keys()]));
      await host().write([{ path: at('large'), content, mode: 0o600 }]);
      expect((await host().read([at('large')])).get(at('large'))?.equals(content)).toBe(true);
    });

    it('leaves missing files out of what it reads, and shows them as absent', async () => {
      expect(await host().read([at('nowhere')])).toEqual(new Map());
      const { files, paths } = await host().observe({ files: [at('nowhere')], paths: [at('nowhere')] });
      expect(files.get(at('nowhere'))).toEqual({ type: 'absent', mode: 0, owner: '', modified: 0 });
      expect(paths.get(at('nowhere'))).toEqual({ type: 'absent', mode: 0, owner: '', modified: 0 });
    });

    it('names the file that it cannot write', async () => {
      await host().perform([{ op: 'directory', path: at('taken'), mode: 0o755 }]);
      await expect(host().write([{ path: at('taken'), content: 'x', mode: 0o644 }])).rejects.toThrow(at('taken'));
    });

    it('refuses to read a directory as a file', async () => {
      await host().perform([{ op: 'directory', path: at('not-a-file'), mode: 0o755 }]);
      await expect(host().read([at('not-a-file')])).rejects.toThrow(at('not-a-file'));
    });
  });

  describe(`${name}: operations`, () => {
    const { at, host, fixture } = shared(makeHost);

    it('performs operations of all kinds in order in one round trip', async () => {
      const before = fixture().roundTrips();
      const operations: Operation[] = [
        { op: 'directory', path: at('pki/etcd'), mode: 0o700 },
        { op: 'write', file: { path: at('pki/etcd/ca.key'), content: new Secret('key'), mode: 0o600 } },
        { op: 'run', argv: ['cat'], stdin: new Secret('first input') },
        { op: 'run', argv: ['true'], stdin: Buffer.alloc(300_000, 'unread') },
        { op: 'write', file: { path: at('pki/ca.crt'), content: 'certificate', mode: 0o644 } },
        { op: 'remove', path: at('pki/etcd'), contents: true },
        { op: 'remove', path: at('pki/never-there') },
      ];
      const results = await host().perform(operations);
      expect(results.map(({ index, code }) => [index, code])).toEqual(operations.map((_, index) => [index, 0]));
      expect(results[2]?.stdout).toBe('first input');
      expect(fixture().roundTrips() - before).toBe(1);
      const { files, paths } = await host().observe({ files: [at('pki/ca.crt')], paths: [at('pki'), at('pki/etcd')] });
      expect(files.get(at('pki/ca.crt'))?.content?.toString()).toBe('certificate');
      expect(paths.get(at('pki'))).toMatchObject({ type: 'directory', mode: 0o755, entries: ['ca.crt', 'etcd'] });
      expect(paths.get(at('pki/etcd'))).toMatchObject({ type: 'directory', mode: 0o700, entries: [] });
    });

    it('stops at the first failure and gives the results up to it', async () => {
      const results = await host().perform([
        { op: 'run', argv: ['true'] },
        { op: 'run', argv: ['sh', '-c', 'exit 3'] },
        { op: 'write', file: { path: at('too-late'), content: 'x', mode: 0o644 } },
      ]);
      expect(results.map(({ code }) => code)).toEqual([0, 3]);
      expect(await host().read([at('too-late')])).toEqual(new Map());
    });

    it('gives an existing directory its mode and keeps what is in it', async () => {
      await host().write([{ path: at('kept/file'), content: 'x', mode: 0o644 }]);
      await host().perform([{ op: 'directory', path: at('kept'), mode: 0o700 }]);
      const { paths } = await host().observe({ paths: [at('kept')] });
      expect(paths.get(at('kept'))).toMatchObject({ mode: 0o700, entries: ['file'] });
    });

    it('copies a file with its mode and every byte, over what was there', async () => {
      const content = Buffer.from([0, 255, 10, 13]);
      await host().write([
        { path: at('copy/from'), content, mode: 0o640 },
        { path: at('copy/over'), content: 'old', mode: 0o600 },
      ]);
      const before = fixture().roundTrips();
      const results = await host().perform([
        { op: 'copy', from: at('copy/from'), to: at('copy/over') },
        { op: 'copy', from: at('copy/from'), to: at('kept/deep/1'), follow: true },
        { op: 'write', file: { path: at('copy/from'), content: 'new', mode: 0o600 } },
        { op: 'copy', from: at('copy/over'), to: at('copy/from'), follow: true },
      ]);
      expect(results.map(({ index, code }) => [index, code])).toEqual([0, 1, 2, 3].map((index) => [index, 0]));
      expect(fixture().roundTrips() - before).toBe(1);
      const all = [at('copy/from'), at('copy/over'), at('kept/deep/1')];
      const { files, paths } = await host().observe({ files: all, paths: [at('copy'), at('kept/deep')] });
      for (const path of all) expect(files.get(path), path).toMatchObject({ type: 'file', mode: 0o640, content });
      expect(paths.get(at('copy'))?.entries).toEqual(['from', 'over']);
      expect(paths.get(at('kept/deep'))?.entries).toEqual(['1']);
    });

    it('copies a tree in place of a tree or a file', async () => {
      await host().perform([{ op: 'directory', path: at('tree'), mode: 0o750 }]);
      await host().write([{ path: at('tree/sub/one'), content: '1', mode: 0o600 }]);
      await host().write([{ path: at('other/gone'), content: 'x', mode: 0o644 }]);
      await host().write([{ path: at('plain'), content: 'x', mode: 0o644 }]);
      const results = await host().perform([
        { op: 'copy', from: at('tree'), to: at('other') },
        { op: 'copy', from: at('tree'), to: at('plain') },
      ]);
      expect(results.map(({ code }) => code)).toEqual([0, 0]);
      const one = [at('other/sub/one'), at('plain/sub/one')];
      const { files, paths } = await host().observe({ files: one, paths: [at('other'), at('plain')] });
      for (const path of one) expect(files.get(path), path).toMatchObject({ mode: 0o600, content: Buffer.from('1') });
      for (const path of [at('other'), at('plain')])
        expect(paths.get(path), path).toMatchObject({ type: 'directory', mode: 0o750, entries: ['sub'] });
    });

    it('copies nothing where nothing is, and says so', async () => {
      await host().write([{ path: at('stays'), content: 'x', mode: 0o644 }]);
      const results = await host().perform([{ op: 'copy', from: at('never-there'), to: at('stays') }]);
      expect(results).toMatchObject([{ stderr: expect.stringContaining(`${at('never-there')} is not there`) }]);
      expect(results[0]?.code).not.toBe(0);
      expect((await host().read([at('stays')])).get(at('stays'))?.toString()).toBe('x');
    });

    it('says why an operation failed', async () => {
      await host().write([{ path: at('file'), content: 'x', mode: 0o644 }]);
      const [result] = await host().perform([{ op: 'directory', path: at('file'), mode: 0o755 }]);
      expect(result?.code).not.toBe(0);
      expect(result?.stderr).toContain('File exists');
    });
  });

  describe(`${name}: commands`, () => {
    const { host, fixture } = shared(makeHost);

    it('gives the output and the exit code of a command', async () => {
      expect(await host().run(['printf', '%s', "it's"])).toEqual({ code: 0, stdout: "it's", stderr: '' });
      expect((await host().run(['false'])).code).toBe(1);
    });

    it('hands a command its input', async () => {
      expect((await host().run(['cat'], { stdin: 'größer\n' })).stdout).toBe('größer\n');
    });

    it('asks read-only commands beside files in one round trip', async () => {
      const before = fixture().roundTrips();
      const { commands, files } = await host().observe({
        commands: [['printf', '%s', 'a b'], ['false']],
        files: ['/nowhere'],
      });
      expect(fixture().roundTrips() - before).toBe(1);
      expect(commands.get('printf\0%s\0a b')).toEqual({ code: 0, stdout: 'a b', stderr: '' });
      expect(commands.get('false')?.code).toBe(1);
      expect(files.get('/nowhere')?.type).toBe('absent');
    });

    it('is not spoken to where nothing is asked', async () => {
      const before = fixture().roundTrips();
      const { files, services } = await host().observe({ files: [], services: [] });
      expect(fixture().roundTrips() - before).toBe(0);
      expect([files.size, services.size]).toEqual([0, 0]);
    });

    it('shows an unknown service as one that does not exist', async () => {
      const { services } = await host().observe({ services: ['kinit-no-such-service'] });
      expect(services.get('kinit-no-such-service')).toEqual({ exists: false, active: false, enabled: false, since: 0 });
    });
  });

  describe(`${name}: streams`, () => {
    const { host } = shared(makeHost);

    it('connects to an address as the host sees it', async () => {
      const server = createServer((socket) => socket.end('hello from the other side'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const { port } = server.address() as { port: number };
        const stream = await host().connect({ host: '127.0.0.1', port });
        expect((await buffer(stream)).toString()).toBe('hello from the other side');
        stream.destroy();
      } finally {
        server.close();
      }
    });

    it('carries both directions of a stream', async () => {
      const server = createServer((socket) => socket.on('data', (question) => socket.write(`re: ${question}`)));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const { port } = server.address() as { port: number };
        const stream = await host().connect({ host: '127.0.0.1', port });
        for (const question of ['first', 'second']) {
          stream.write(question);
          const [answer] = (await once(stream, 'data')) as [Buffer];
          expect(answer.toString()).toBe(`re: ${question}`);
        }
        stream.end();
        stream.destroy();
      } finally {
        server.close();
      }
    });

    it('closes for good: open streams end, and nobody opens another', async () => {
      let accepted = 0;
      const server = createServer((socket) => {
        accepted++;
        socket.on('error', () => undefined).write('hello');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const own = await makeHost();
      try {
        const target = { host: '127.0.0.1', port: (server.address() as { port: number }).port };
        const stream = await own.host.connect(target);
        const ended = once(
          stream.on('error', () => undefined),
          'close',
        );
        await once(stream, 'data');
        await own.host.close();
        await ended;
        await expect(own.host.connect(target)).rejects.toMatchObject({ message: 'the connection is closed' });
        await own.host.close();
        expect(accepted).toBe(1);
      } finally {
        await own.close();
        server.close();
      }
    });
  });
}

/** What only a machine with real processes can keep. */
export function processContract(name: string, makeHost: () => Promise<HostFixture>): void {
  describe(`${name}: processes`, () => {
    const { at, host } = shared(makeHost);
    const alive = async (marker: string): Promise<boolean> =>
      (await host().run(['pgrep', '-f', `[s]leep ${marker}`])).code === 0;
    const gone = (marker: string): Promise<void> => expect.poll(() => alive(marker), { timeout: 15_000 }).toBe(false);

    it('ends a command and its children at the deadline, and says so', async () => {
      const script = 'sleep 3601.5 & sleep 3601.5; true';
      await expect(host().run(['sh', '-c', script], { deadline: 1 })).rejects.toThrow(/was ended after 1 s/);
      await gone('3601.5');
    });

    it('says in the result of an operation that it was ended at its deadline, and goes no further', async () => {
      const results = await host().perform([
        { op: 'run', argv: ['sleep', '3604.5'], deadline: 1 },
        { op: 'run', argv: ['true'] },
      ]);
      expect(results).toMatchObject([{ index: 0, code: 124, stderr: 'ended at its deadline of 1 s\n' }]);
    });

    it('takes the exit code 124 of a command for what it is', async () => {
      expect((await host().run(['sh', '-c', 'exit 124'])).code).toBe(124);
    });

    it('ends a command and its children when it is interrupted', async () => {
      const abort = new AbortController();
      const running = host().run(['sh', '-c', 'sleep 3602.5 & sleep 3602.5'], { signal: abort.signal });
      const refused = expect(running).rejects.toMatchObject({ exitCode: 130 });
      await expect.poll(() => alive('3602.5'), { timeout: 15_000 }).toBe(true);
      abort.abort();
      await refused;
      await gone('3602.5');
    });

    it('does not wait for what a command leaves running', async () => {
      expect((await host().run(['sh', '-c', 'sleep 3603.5 & echo started'])).stdout).toBe('started\n');
      await host().run(['pkill', '-f', '[s]leep 3603.5']);
    });

    it('shows no secret to those who list processes while it writes and runs', async () => {
      const secret = new Secret('s3cr3t-in-no-list');
      const [, listed] = await host().perform([
        { op: 'write', file: { path: at('secret'), content: secret, mode: 0o600 } },
        {
          op: 'run',
          argv: ['sh', '-c', 'ps -eo args; cat /proc/[0-9]*/environ 2>/dev/null; cat >/dev/null'],
          stdin: secret,
        },
      ]);
      expect(listed?.stdout).toContain('timeout');
      expect(listed?.stdout).not.toContain('s3cr3t-in-no-list');
    });

    it('leaves no file behind where a write fails', async () => {
      await host().perform([{ op: 'directory', path: at('clean/taken'), mode: 0o755 }]);
      await expect(host().write([{ path: at('clean/taken'), content: 'x', mode: 0o644 }])).rejects.toThrow();
      expect((await host().observe({ paths: [at('clean')] })).paths.get(at('clean'))?.entries).toEqual(['taken']);
    });

    it('writes through a link and leaves the link', async () => {
      await host().write([{ path: at('target'), content: 'old', mode: 0o644 }]);
      await host().run(['ln', '-s', 'target', at('link')]);
      await host().write([{ path: at('link'), content: 'new', mode: 0o644 }]);
      const { files, paths } = await host().observe({ files: [at('link'), at('target')], paths: [at('link')] });
      expect(files.get(at('target'))?.content?.toString()).toBe('new');
      expect(files.get(at('link'))).toMatchObject({ type: 'file', content: Buffer.from('new') });
      expect(paths.get(at('link'))?.type).toBe('symlink');
    });

    it.each([
      ['a link as a link', false],
      ['what a link leads to, into what a link leads to', true],
    ])('copies %s', async (_, follow) => {
      const on = (path: string) => at(`links-${follow}/${path}`);
      await host().write([{ path: on('real'), content: 'old', mode: 0o640 }]);
      await host().run(['ln', '-s', 'real', on('link')]);
      const results = await host().perform([
        { op: 'copy', from: on('link'), to: on('keep/1'), follow },
        { op: 'write', file: { path: on('link'), content: 'new', mode: 0o600 } },
        { op: 'copy', from: on('keep/1'), to: on('link'), follow },
      ]);
      expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
      const { files, paths } = await host().observe({ files: [on('real')], paths: [on('link'), on('keep/1')] });
      expect(paths.get(on('keep/1'))?.type).toBe(follow ? 'file' : 'symlink');
      expect(paths.get(on('link'))?.type).toBe('symlink');
      expect(files.get(on('real'))).toMatchObject(
        follow ? { mode: 0o640, content: Buffer.from('old') } : { mode: 0o600, content: Buffer.from('new') },
      );
    });

    it('removes a link and leaves what it leads to', async () => {
      await host().write([{ path: at('stays/file'), content: 'x', mode: 0o644 }]);
      await host().run(['ln', '-s', 'stays', at('shortcut')]);
      await host().perform([{ op: 'remove', path: at('shortcut') }]);
      const { paths } = await host().observe({ paths: [at('shortcut'), at('stays')] });
      expect(paths.get(at('shortcut'))?.type).toBe('absent');
      expect(paths.get(at('stays'))?.entries).toEqual(['file']);
    });

    it('lists the names in a directory behind a link', async () => {
      await host().write([{ path: at('disk/etcd/member'), content: 'x', mode: 0o644 }]);
      await host().run(['ln', '-s', 'disk/etcd', at('etcd')]);
      const { paths } = await host().observe({ paths: [at('etcd')] });
      expect(paths.get(at('etcd'))).toMatchObject({ type: 'symlink', entries: ['member'] });
    });

    it('removes hidden files with the contents of a directory', async () => {
      await host().write([{ path: at('full/.hidden'), content: 'x', mode: 0o644 }]);
      await host().perform([{ op: 'remove', path: at('full'), contents: true }]);
      expect((await host().observe({ paths: [at('full')] })).paths.get(at('full'))?.entries).toEqual([]);
    });

    it('carries much output of a command', async () => {
      const { stdout } = await host().run(['sh', '-c', 'head -c 5000000 /dev/zero | tr "\\0" x']);
      expect(stdout.length).toBe(5_000_000);
    });

    it('says that a command does not exist, with the exit code of a shell', async () => {
      expect((await host().run(['kinit-no-such-command'])).code).toBe(127);
    });
  });
}

/** One host for the tests of a block; `at` names a path in its directory. */
function shared(makeHost: () => Promise<HostFixture>) {
  let made: HostFixture | undefined;
  const fixture = (): HostFixture => {
    if (!made) throw new Error('the host is made before the tests');
    return made;
  };
  beforeAll(async () => {
    made = await makeHost();
  });
  afterAll(async () => made?.close());
  return { fixture, host: () => fixture().host, at: (path: string) => `${fixture().directory}/${path}` };
}
