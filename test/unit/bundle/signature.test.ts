import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tarEnd, tarHeader, tarPadding } from '../../../src/archive/tar.ts';
import { openBundle } from '../../../src/bundle/bundle-file.ts';
import { type BundleLock, lockText } from '../../../src/bundle/lock.ts';
import { signatureText, signingKey, verifyingKey } from '../../../src/bundle/signature.ts';
import { writeBundle } from '../../../src/bundle/write-bundle.ts';
import { Secret } from '../../../src/secret.ts';
import { kinit } from '../../command-line.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-signature-'));
});
afterEach(() => rm(folder, { recursive: true }));

function pair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return {
    privatePem,
    publicPem,
    signs: signingKey(new Secret(privatePem), '--sign-key'),
    checks: verifyingKey(publicPem, '--key'),
  };
}
const ours = pair();
const theirs = pair();

const lock: BundleLock = {
  apiVersion: 'kinit.dev/v1alpha1',
  kind: 'Bundle',
  created: '2026-11-21T00:00:00.000Z',
  kubernetesVersion: 'v1.20.2',
  packages: [],
  images: [],
  files: [],
};

const bundle = async (key?: typeof ours.signs, content: BundleLock = lock) => {
  const path = join(folder, 'a.bundle');
  await writeBundle(path, content, new Map(), key);
  return path;
};
const opened = async (path: string, key = ours.checks) => {
  const found = await openBundle(path, key);
  await found.close();
  return found;
};
const trustRefused = (words: RegExp) => expect.objectContaining({ exitCode: 6, message: expect.stringMatching(words) });

/** A tar of these texts. */
function archive(entries: readonly (readonly [string, string])[]): Buffer {
  const parts = entries.flatMap(([name, text]) => [
    tarHeader(name, text.length, 0),
    Buffer.from(text),
    tarPadding(text.length),
  ]);
  return Buffer.concat([...parts, tarEnd]);
}

describe('a bundle where a key is asked for', () => {
  it('is taken when it is signed with its private half', async () => {
    expect((await opened(await bundle(ours.signs))).signer).toBe(ours.checks.fingerprint);
  });

  it('is refused when it is not signed, or with another key: exit 6', async () => {
    await expect(opened(await bundle())).rejects.toEqual(trustRefused(/not signed/));
    const refused = opened(await bundle(theirs.signs));
    await expect(refused).rejects.toEqual(
      trustRefused(new RegExp(`signed with ${theirs.checks.fingerprint.replaceAll('+', '\\+')}`)),
    );
  });

  it.each<[string, (text: string, signature: string) => readonly (readonly [string, string])[]]>([
    [
      'its lock is another',
      (text, signature) => [
        ['kinit-bundle.json', text.replace('v1.20.2', 'v1.20.3')],
        ['kinit-bundle.sig', signature],
      ],
    ],
    [
      'the signature is of another key under this one’s name',
      (text) => [
        ['kinit-bundle.json', text],
        ['kinit-bundle.sig', signatureText(text, { ...theirs.signs, fingerprint: ours.checks.fingerprint })],
      ],
    ],
    [
      'the signature is none',
      (text) => [
        ['kinit-bundle.json', text],
        ['kinit-bundle.sig', 'trust me\n'],
      ],
    ],
    [
      'the signature is empty',
      (text) => [
        ['kinit-bundle.json', text],
        ['kinit-bundle.sig', ''],
      ],
    ],
    [
      'the signature is endless',
      (text, signature) => [
        ['kinit-bundle.json', text],
        ['kinit-bundle.sig', signature.repeat(100)],
      ],
    ],
    [
      'a second signature follows',
      (text, signature) => [
        ['kinit-bundle.json', text],
        ['kinit-bundle.sig', signature],
        ['kinit-bundle.sig', signature],
      ],
    ],
  ])('is refused when %s: exit 6', async (_, entries) => {
    const path = join(folder, 'forged.bundle');
    const text = lockText(lock);
    await writeFile(path, archive(entries(text, signatureText(text, ours.signs))));
    await expect(opened(path)).rejects.toMatchObject({ exitCode: 6 });
  });

  it('is not even read before its signature is checked', async () => {
    const path = join(folder, 'forged.bundle');
    await writeFile(path, archive([['kinit-bundle.json', '{"kind": "anything"}']]));
    await expect(opened(path)).rejects.toEqual(trustRefused(/not signed/));
  });
});

describe('a key for bundles', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  it.each([
    ['RSA', rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'not an Ed25519 public key'],
    ['no key', 'hello', 'not an Ed25519 public key'],
    ['the private half', ours.privatePem, 'is a private key: give its public half'],
  ])('that checks is not %s', (_, pem, words) => {
    expect(() => verifyingKey(pem, '--key')).toThrow(words);
  });

  it.each([
    ['RSA', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['the public half', ours.publicPem],
    ['no key', ''],
  ])('that signs is not %s', (_, pem) => {
    expect(() => signingKey(new Secret(pem), '--sign-key')).toThrow('not an Ed25519 private key');
  });
});

describe('kinit bundle', () => {
  const run = (...argv: readonly string[]) => kinit(argv, { cwd: folder, env: { HOME: folder } });

  it('verify says with what a bundle is signed, and checks it with --key', async () => {
    await bundle(ours.signs);
    await writeFile(join(folder, 'bundle.pub'), ours.publicPem);
    await writeFile(join(folder, 'other.pub'), theirs.publicPem);
    const unchecked = await run('bundle', 'verify', 'a.bundle');
    expect(unchecked).toMatchObject({ code: 0, out: expect.stringContaining('--key FILE checks that') });
    const checked = await run('bundle', 'verify', 'a.bundle', '--key', 'bundle.pub');
    expect(checked).toMatchObject({
      code: 0,
      out: expect.stringContaining(`, signed with ${ours.checks.fingerprint}`),
    });
    expect(await run('bundle', 'verify', 'a.bundle', '--key', 'other.pub')).toMatchObject({ code: 6, out: '' });
    await bundle();
    expect((await run('bundle', 'verify', 'a.bundle')).out).toContain('not signed');
    expect(await run('bundle', 'verify', 'a.bundle', '--key', 'bundle.pub')).toMatchObject({ code: 6, out: '' });
  });

  it('create takes no key that others may read, and no package that is a file: exit 3', async () => {
    await writeFile(join(folder, 'bundle.key'), ours.privatePem);
    await chmod(join(folder, 'bundle.key'), 0o644);
    const create = ['bundle', 'create', '--output-file', 'b', '--kubernetes-version', 'v1.30.2'];
    const open = await run(...create, '--sign-key', 'bundle.key');
    expect(open).toMatchObject({ code: 3, err: expect.stringContaining('chmod 600 bundle.key') });
    const strange = await run(...create, '--packages', './evil.rpm');
    expect(strange).toMatchObject({ code: 3, err: expect.stringContaining('is no name of a package') });
  });

  it.each([
    ['up', ['up', '--config', 'cluster.yaml', '--bundle', 'a.bundle']],
    ['up with a flag', ['up', '--config', 'cluster.yaml', '--bundle', 'a.bundle', '--bundle-key', 'bundle.pub']],
    ['plan', ['plan', '--config', 'cluster.yaml', '--bundle', 'a.bundle']],
    ['load', ['bundle', 'load', 'a.bundle', '--config', 'cluster.yaml']],
    ['load with a flag', ['bundle', 'load', 'a.bundle', '--host', 'root@127.0.0.1:1', '--key', 'bundle.pub']],
  ])('is refused unsigned by %s where a key is configured, before any host is dialled: exit 6', async (name, argv) => {
    await bundle();
    await writeFile(join(folder, 'bundle.pub'), ours.publicPem);
    const keyFile = name.endsWith('flag') ? '' : 'bundle: { keyFile: bundle.pub }\n';
    await writeFile(
      join(folder, 'cluster.yaml'),
      `apiVersion: kinit.dev/v1alpha1\nkind: Inventory\nhosts: [{ name: a, address: 127.0.0.1, role: control-plane, ssh: { port: 1 } }]\n${keyFile}---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.20.2\n`,
    );
    const { code, err } = await run(...argv);
    expect([code, err]).toEqual([6, expect.stringContaining('not signed, and only bundles signed with')]);
  });

  it('create signs with a key that the public half checks', async () => {
    const path = await bundle(ours.signs);
    expect((await readFile(path)).toString('latin1')).toContain('kinit-bundle.sig');
    await expect(opened(path, theirs.checks)).rejects.toMatchObject({ exitCode: 6 });
  });
});
