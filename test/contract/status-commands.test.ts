import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessIo } from '../../src/commands/io.ts';
import { kinit } from '../command-line.ts';
import { keyPair, type SshServer, startSshServer } from './ssh-server.ts';

const key = keyPair();
let home: string;
let server: SshServer;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'kinit-status-'));
  server = await startSshServer({ authorizedKeys: [key.public] });
  await writeFile(join(home, 'key'), key.private, { mode: 0o600 });
  await writeFile(join(home, 'known_hosts'), `[127.0.0.1]:${server.port} ${server.publicKey}\n`);
  const host = `{ name: w1, address: 127.0.0.1, ssh: { port: ${server.port} } }`;
  const file = `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { user: root, identityFiles: [${home}/key], knownHosts: [${home}/known_hosts] }
hosts:
- { name: m1, address: 127.0.0.2, role: control-plane, ssh: { port: 1 } }
- ${host}
`;
  await writeFile(join(home, 'cluster.yaml'), file);
});
afterEach(async () => {
  await server.close();
  await rm(home, { recursive: true });
});

const status = (argv: readonly string[], io: Partial<ProcessIo> = {}) =>
  kinit(['status', '--config', 'cluster.yaml', ...argv], { cwd: home, env: { HOME: home }, ...io });

/** A stream that ends the run when it has been written to so often. */
function counting(times: number, over: AbortController, isTTY = false) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      written.push(String(chunk));
      if (written.length === times) over.abort();
      done();
    },
  });
  return { written, stream: Object.assign(stream, { isTTY, columns: 120, rows: 40 }) };
}

describe('kinit status', () => {
  it('is a page where that is asked for, whatever does not answer', async () => {
    const { code, out } = await status(['-o', 'html']);
    expect(code).toBe(1);
    expect(out).toMatch(/^<!DOCTYPE html>\n/);
    expect(out).toMatch(/<td class="">m1<\/td>\n<td class="">control-plane<\/td>\n<td class="bad">not joined<\/td>/);
    expect(out).toMatch(/<\/html>\n$/);
  });

  it('is watched on a terminal, over one connection, until a signal: exit 130', async () => {
    const over = new AbortController();
    const { written, stream } = counting(1, over, true);
    const tty = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
    const { code } = await status(['--watch', '--interval', '1'], { stdout: tty, stderr: stream, signal: over.signal });
    expect(code).toBe(130);
    const drawn = written.join('').replaceAll('\u001b', 'ESC');
    expect(drawn).toMatch(/^ESC\[2JESC\[H.*\nw1 +worker +not joined.*ESC\[J$/s);
    expect(server.connections()).toBe(1);
  });

  it('is one document a line for a machine that watches', async () => {
    const over = new AbortController();
    const { written, stream } = counting(1, over);
    const { code } = await status(['--watch', '--interval', '1', '-o', 'json'], {
      stdout: stream,
      signal: over.signal,
    });
    expect([code, written.length]).toEqual([130, 1]);
    for (const line of written) expect(JSON.parse(line)).toMatchObject({ hosts: [{ name: 'm1' }, { name: 'w1' }] });
  });

  it.each([
    [['--watch', '-o', 'html'], '--watch: draws on a terminal'],
    [['--interval', '0'], '--interval: "0"'],
  ])('refuses %j, and asks nobody', async (argv, words) => {
    expect(await status(argv)).toMatchObject({ code: 3, err: expect.stringContaining(words) });
  });
});

describe('the PKI of a snapshot', () => {
  const snapshot = (...argv: string[]) => kinit(['etcd', 'snapshot', ...argv], { cwd: home, env: { HOME: home } });

  it.each([
    ['a passphrase that is short', 'short\n', 0o600, 'is shorter than 12 characters'],
    ['a passphrase that others may read', 'correct horse battery\n', 0o644, 'may be read by others'],
    ['no passphrase', '\n', 0o600, 'its first line is empty'],
  ])('is not encrypted with %s', async (_, text, mode, words) => {
    await writeFile(join(home, 'pass'), text, { mode });
    const ran = await snapshot('save', 'a.db', '--pki-passphrase-file', 'pass');
    expect(ran).toMatchObject({ code: 3, err: expect.stringContaining(words) });
    expect(ran.err).not.toContain('correct horse');
  });

  it('is encrypted in one way, for keys that are some', async () => {
    const both = await snapshot('save', 'a.db', '--pki-passphrase-file', 'key', '--pki-recipient', 'age1x');
    expect(both).toMatchObject({ code: 3, err: expect.stringContaining('take one') });
    for (const one of ['age1x', 'key'])
      expect(await snapshot('save', 'a.db', '--pki-recipient', one)).toMatchObject({
        code: 3,
        err: expect.stringContaining('holds no public key'),
      });
    expect(await snapshot('save', 'a.db', '--pki-recipient', 'nowhere')).toMatchObject({ code: 3 });
  });

  it('is opened with what is named, and told what it is not', async () => {
    await writeFile(join(home, 'a.pki.age'), 'nothing of age\n');
    expect(await snapshot('open-pki', 'a.pki.age')).toMatchObject({
      code: 3,
      err: expect.stringContaining('give either'),
    });
    expect(await snapshot('open-pki', 'a.pki.age', '--pki-identity', 'key')).toMatchObject({
      code: 3,
      err: expect.stringContaining('holds no private key'),
    });
    await writeFile(join(home, 'pass'), 'correct horse battery\n', { mode: 0o600 });
    expect(await snapshot('open-pki', 'a.pki.age', '--pki-passphrase-file', 'pass')).toMatchObject({
      code: 3,
      err: expect.stringContaining('it is no encrypted PKI'),
    });
    expect(await readFile(join(home, 'a.pki.age'), 'utf8')).toBe('nothing of age\n');
  });
});
