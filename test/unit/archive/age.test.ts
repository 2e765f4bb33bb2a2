import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AgeError, ageDecrypted, ageEncrypted } from '../../../src/archive/age/age.ts';
import { ageIdentities, ageRecipients } from '../../../src/archive/age/age-key.ts';
import { Secret } from '../../../src/secret.ts';

// Made by age and age-keygen 1.1.1.
const identityFile = `# created: 2026-11-30T00:14:15Z
# public key: age1zgw0pj7lzqtx63cj5gg8qsawc3xccyk83n3sw6m4xr2y8qnl83hqm36zyv
AGE-SECRET-KEY-1PRD4G6JE47YZDEAYESW3047RCVMC927S2KG8RLDPVWCCTP7NDKDS6LZDN4
`;
const recipient = 'age1zgw0pj7lzqtx63cj5gg8qsawc3xccyk83n3sw6m4xr2y8qnl83hqm36zyv';
const forKey =
  'YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBKMFJYdWovc2szR2l0L2t3dnFDRzNOeFVnVWhIOGQrazQzZnNuL0pRckRFClh5YkJ2ZTFoaTBZRDVYWUUwRVhYVUdZRUtKUUJMV0ZHVnBNUXhpOHV5STQKLS0tIGo2K3ZNa2NlaldXMXJNVFozOGEyQUpiWHRLQjlIS0t4VGFCTjJRTXVqZ1EKyR35ZXC80d3kmZr6QbOWfgr7aE5ml4TF0DNd60QHwCuf34g3g4i/IlQyUa65sBc=';
const forPassphrase =
  'YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBMSjhYYy9wYkgrdWRBdEdIUnp4SGJnIDE4CmpDRlhYTE1GTmMvTUcxQjdJbFJRQlFucmxuT0hHZFdiWFJ6UWIvTFJjcWcKLS0tIEFTQlE1RUxoQVNDMkkxTU9CTzJxQW5Tdjh0QlZsQVZTbElkS05EbkVPYmsKokuJOvjbSEw/ZHbAMPd6ur+wQ9DgE5mrAe5cGFKCV0QHTDP9KPyy14TJCVWmHgA=';

const bytes = (base64: string) => Buffer.from(base64, 'base64');
const keys = { privateKeys: ageIdentities(identityFile) ?? [] };
const passphrase = { passphrase: new Secret('correct horse') };
const problem = (work: Promise<unknown>) => work.catch((error: AgeError) => error.problem);

describe('what age has made', () => {
  it('is opened with its key', async () => {
    expect((await ageDecrypted(bytes(forKey), keys)).toString()).toBe('hello from age\n');
  });

  it('is opened with its passphrase', async () => {
    expect((await ageDecrypted(bytes(forPassphrase), passphrase)).toString()).toBe('made by age -p\n');
  });
});

describe('what kinit makes', () => {
  const own = generateKeyPairSync('x25519');
  const publicKeys = [...(ageRecipients(recipient) ?? []), own.publicKey];
  const sizes = [0, 1, 64 * 1024, 64 * 1024 + 1, 200_000];

  it.each(sizes)('is opened by each of those whom it is for, and by nobody else: %i bytes', async (size) => {
    const content = Buffer.alloc(size, 'kinit');
    const file = await ageEncrypted(content, { publicKeys });
    expect((await ageDecrypted(file, keys)).equals(content)).toBe(true);
    expect((await ageDecrypted(file, { privateKeys: [own.privateKey] })).equals(content)).toBe(true);
    const other = { privateKeys: [generateKeyPairSync('x25519').privateKey] };
    expect(await problem(ageDecrypted(file, other))).toBe('wrong key');
    expect(await problem(ageDecrypted(file, passphrase))).toBe('for keys');
  });

  it('is opened with its passphrase and with no other', async () => {
    const file = await ageEncrypted(Buffer.from('pki'), passphrase);
    expect((await ageDecrypted(file, passphrase)).toString()).toBe('pki');
    expect(await problem(ageDecrypted(file, { passphrase: new Secret('battery staple') }))).toBe('wrong passphrase');
    expect(await problem(ageDecrypted(file, keys))).toBe('for a passphrase');
    expect(file.includes('pki')).toBe(false);
  });

  it('gives nothing where a byte is missing or another one', async () => {
    const file = await ageEncrypted(Buffer.alloc(70_000, 'x'), { publicKeys });
    const cuts = [file.length - 1, file.length - 5000, file.length - 70_000, 150, 40];
    for (const end of cuts) expect(await problem(ageDecrypted(file.subarray(0, end), keys)), `${end}`).toBe('damaged');
    for (const at of [file.length - 1, file.length - 60_000]) {
      const other = Buffer.from(file);
      other[at] = (other[at] ?? 0) ^ 1;
      expect(await problem(ageDecrypted(other, keys))).toBe('damaged');
    }
    const header = Buffer.from(file.toString('latin1').replace('\n--- ', '\n-> other\n\n--- '), 'latin1');
    expect(await problem(ageDecrypted(header, keys))).toBe('damaged');
    expect(await problem(ageDecrypted(Buffer.from('-----BEGIN RSA PRIVATE KEY-----'), keys))).toBe('no age file');
  });

  it('works for no passphrase longer than it is worth', async () => {
    const dear = Buffer.from(bytes(forPassphrase).toString('latin1').replace(' 18\n', ' 30\n'), 'latin1');
    expect(await problem(ageDecrypted(dear, passphrase))).toBe('damaged');
  });
});

describe('keys', () => {
  it('are those of age-keygen: the private one belongs to the public one', () => {
    const [own] = keys.privateKeys;
    expect(createPublicKey(own!).equals(ageRecipients(`${recipient}\n`)![0]!)).toBe(true);
  });

  it('are those of openssl too', () => {
    const pem = execFileSync('openssl', ['genpkey', '-algorithm', 'X25519'], { encoding: 'utf8' });
    const publicPem = execFileSync('openssl', ['pkey', '-pubout'], { input: pem, encoding: 'utf8' });
    expect(createPublicKey(ageIdentities(pem)![0]!).equals(ageRecipients(publicPem)![0]!)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['a digit that is another', recipient.replace('zgw0', 'zgw9')],
    ['one that is cut short', recipient.slice(0, -1)],
    ['letters of both cases', recipient.replace('zgw0', 'ZGW0')],
    ['a private key', identityFile],
    [
      'another kind of key',
      generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    ],
    ['PEM that is none', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
  ])('are not taken where there is %s', (_, text) => {
    expect(ageRecipients(text)).toBeUndefined();
  });
});
