import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toYaml } from '../../src/yaml.ts';
import { type Pair, testAuthority, testCertificate } from '../certificates.ts';
import { kinit } from '../command-line.ts';
import { FakeKube } from '../fakes/kube.ts';
import { type KubeServer, kubeServer } from '../fakes/kube-server.ts';

let folder: string;
let server: KubeServer;
let other: Pair;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-kubeconfig-'));
  server = await kubeServer(new FakeKube(), { everybodyMay: true });
  other = await testCertificate(await testAuthority(), 'x');
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
const good = () => ({
  cluster: { server: server.url, 'certificate-authority-data': base64(server.authority.certificate) } as object,
  user: {
    'client-certificate-data': base64(server.admin.certificate),
    'client-key-data': base64(server.admin.key.reveal()),
  } as object,
});

async function listTokens(cluster: object, user: object, file = join(folder, 'config')) {
  const text = toYaml({
    kind: 'Config',
    clusters: [{ name: 'a', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'a', user: 'u' } }],
    'current-context': 'c',
  });
  await writeFile(file, text);
  return kinit(['token', 'list', '--kubeconfig', file], { cwd: folder, env: { HOME: folder } });
}

const garbage = base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');

describe('a kubeconfig that cannot be used', () => {
  it('is none of these: it is read, and the files that it names beside it', async () => {
    const { cluster, user } = good();
    expect(await listTokens(cluster, user)).toMatchObject({ code: 0 });
    await writeFile(join(folder, 'ca.crt'), server.authority.certificate);
    await writeFile(join(folder, 'token'), 'abc\n');
    const named = { server: server.url, 'certificate-authority': 'ca.crt' };
    expect(await listTokens(named, { tokenFile: './token' })).toMatchObject({ code: 0 });
    expect(server.requests.at(-1)?.who).toBe('token:abc');
  });

  it('does not wait for a pipe that it names', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const named = { server: server.url, 'certificate-authority': 'pipe' };
    expect(await listTokens(named, { token: 'abc' })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/names the file \S+\/pipe as its certificate-authority, which is not there/),
    });
  });

  it.each<[string, object, object, RegExp]>([
    ['a server without a host', { server: 'https://' }, {}, /server: "https:\/\/" is no URL/],
    ['a server with spaces', { server: 'https://a b' }, {}, /is no URL/],
    ['a port that is none', { server: 'https://a:99999' }, {}, /is no URL/],
    ['a server in the clear', { server: 'http://127.0.0.1:8001' }, {}, /is not https/],
    ['a server that begins with slashes', { server: '//x' }, {}, /is no URL/],
    ['a name to expect that is none', { 'tls-server-name': 'a\nb' }, {}, /is no name that a certificate can hold/],
    ['another scheme', { server: 'unix:///run/x' }, {}, /is not https|no URL/],
    ['a server that is a number', { server: 6443 }, {}, /is not a string/],
    ['a server with credentials', { server: 'https://a:b@c' }, {}, /more than a host/],
    ['base64 that is none', { 'certificate-authority-data': '%%%' }, {}, /not PEM in base64/],
    ['base64 that is cut off', { 'certificate-authority-data': 'LS0tLS1CRUdJTiB' }, {}, /not PEM in base64/],
    ['a CA that is none', { 'certificate-authority-data': garbage }, {}, /not readable as a certificate/],
    ['a CA that is a list', { 'certificate-authority-data': ['x'] }, {}, /is not a string/],
    ['a certificate that is none', {}, { 'client-certificate-data': garbage }, /not readable as a certificate/],
    ['a key that is none', {}, { 'client-key-data': base64('-----BEGIN PRIVATE KEY-----\nAA\n') }, /not a private key/],
    [
      'a key that is encrypted',
      {},
      { 'client-key-data': base64('-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA\n-----END ENCRYPTED PRIVATE KEY-----\n') },
      /encrypted private key/,
    ],
    ['a token with a line break', {}, { token: 'a\nb' }, /no token can hold/],
    [
      'a CA in a file that is missing',
      { 'certificate-authority-data': '', 'certificate-authority': 'no.crt' },
      {},
      /no\.crt .*not there/,
    ],
    [
      'a CA in a folder',
      { 'certificate-authority-data': '', 'certificate-authority': '.' },
      {},
      /not there|no certificate/,
    ],
  ])('because of %s is named with its place, and is no bug of kinit’s', async (_, cluster, user, words) => {
    const usual = good();
    const { code, err } = await listTokens({ ...usual.cluster, ...cluster }, { ...usual.user, ...user });
    expect(err).toMatch(words);
    expect([1, 3]).toContain(code);
  });

  it('because its key is of another certificate says so', async () => {
    const { cluster, user } = good();
    const { code, err } = await listTokens(cluster, { ...user, 'client-key-data': base64(other.key.reveal()) });
    expect([code, err]).toEqual([1, expect.stringContaining('CA, certificate or key')]);
  });
});
