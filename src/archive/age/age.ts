import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  scrypt,
  timingSafeEqual,
} from 'node:crypto';
import type { Secret } from '../../secret.ts';
import { rawPublicKey, x25519PublicKey } from './age-key.ts';

/** For whom a file is encrypted: who knows a passphrase, or whoever has one of the private halves (X25519). */
export type AgeRecipient = { readonly passphrase: Secret } | { readonly publicKeys: readonly KeyObject[] };
/** By what it is opened. */
export type AgeIdentity = { readonly passphrase: Secret } | { readonly privateKeys: readonly KeyObject[] };

/** Why a file was not opened. */
export class AgeError extends Error {
  readonly problem: 'no age file' | 'damaged' | 'wrong passphrase' | 'wrong key' | 'for a passphrase' | 'for keys';

  constructor(problem: AgeError['problem']) {
    super(problem);
    this.problem = problem;
  }
}

/** One way to the key of the file, as its header has it. */
interface Stanza {
  readonly type: string;
  readonly words: readonly string[];
  readonly body: Buffer;
}

const intro = 'age-encryption.org/v1';
const chunkBytes = 64 * 1024;
const tagBytes = 16;
/** log2 of scrypt's N: what age itself takes, a second and 256 MiB; more than the second is never worked for. */
const work = { made: 18, most: 20 };

/**
 * Encrypts a content as `age` does (https://c2sp.org/age, version 1), so that `age -d` opens it too: ChaCha20-Poly1305 under a
 * random key, which the header has encrypted for the recipient by scrypt or X25519.
 */
export async function ageEncrypted(content: Buffer, to: AgeRecipient): Promise<Buffer> {
  const fileKey = randomBytes(16);
  const stanzas =
    'passphrase' in to
      ? [await forPassphrase(fileKey, to.passphrase)]
      : to.publicKeys.map((key) => forKey(fileKey, key));
  if (stanzas.length === 0) throw new TypeError('a file has to be for somebody');
  const head = `${intro}\n${stanzas.map(stanzaText).join('')}---`;
  const nonce = randomBytes(16);
  return Buffer.concat([
    Buffer.from(`${head} ${bare(headerMac(fileKey, head))}\n`),
    nonce,
    ...streamed(content, payloadKey(fileKey, nonce)),
  ]);
}

/** What a file holds that `age` or `ageEncrypted` has made. Throws AgeError, and has given nothing of it then. */
export async function ageDecrypted(file: Buffer, by: AgeIdentity): Promise<Buffer> {
  const { stanzas, head, mac, payload } = parsed(file);
  const isForPassphrase = stanzas.some(({ type }) => type === 'scrypt');
  if (isForPassphrase && !('passphrase' in by)) throw new AgeError('for a passphrase');
  if (!isForPassphrase && 'passphrase' in by) throw new AgeError('for keys');
  const fileKey = 'passphrase' in by ? await byPassphrase(stanzas, by.passphrase) : byKeys(stanzas, by.privateKeys);
  const own = headerMac(fileKey, head);
  if (own.length !== mac.length || !timingSafeEqual(own, mac) || payload.length < 16) throw new AgeError('damaged');
  return opened(payload.subarray(16), payloadKey(fileKey, payload.subarray(0, 16)));
}

async function forPassphrase(fileKey: Buffer, passphrase: Secret): Promise<Stanza> {
  const salt = randomBytes(16);
  const key = await passphraseKey(passphrase, salt, work.made);
  return { type: 'scrypt', words: [bare(salt), String(work.made)], body: aead(key, nothing, fileKey) };
}

async function byPassphrase(stanzas: readonly Stanza[], passphrase: Secret): Promise<Buffer> {
  const [stanza, ...more] = stanzas;
  const [salt = '', log = ''] = stanza?.words ?? [];
  // Beside another way, whoever knows that one would not know the passphrase: age refuses it.
  if (stanza === undefined || more.length > 0 || !/^[1-9]\d?$/.test(log) || Number(log) > work.most)
    throw new AgeError('damaged');
  const key = await passphraseKey(passphrase, Buffer.from(salt, 'base64'), Number(log));
  const fileKey = aeadOpened(key, nothing, stanza.body);
  if (fileKey === undefined) throw new AgeError('wrong passphrase');
  return fileKey;
}

function passphraseKey(passphrase: Secret, salt: Buffer, log: number): Promise<Buffer> {
  const [cost, blockSize] = [2 ** log, 8];
  const salted = Buffer.concat([Buffer.from(`${intro}/scrypt`), salt]);
  const options = { cost, blockSize, parallelization: 1, maxmem: 128 * cost * blockSize + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.reveal(), salted, 32, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

function forKey(fileKey: Buffer, publicKey: KeyObject): Stanza {
  const own = generateKeyPairSync('x25519');
  const share = rawPublicKey(own.publicKey);
  const secret = diffieHellman({ privateKey: own.privateKey, publicKey });
  const body = aead(sharedKey(secret, share, rawPublicKey(publicKey)), nothing, fileKey);
  return { type: 'X25519', words: [bare(share)], body };
}

function byKeys(stanzas: readonly Stanza[], privateKeys: readonly KeyObject[]): Buffer {
  for (const privateKey of privateKeys) {
    for (const { words, body } of stanzas.filter(({ type }) => type === 'X25519')) {
      const share = Buffer.from(words[0] ?? '', 'base64');
      if (share.length !== 32) throw new AgeError('damaged');
      const secret = agreed(privateKey, share);
      const fileKey =
        secret && aeadOpened(sharedKey(secret, share, rawPublicKey(createPublicKey(privateKey))), nothing, body);
      if (fileKey !== undefined) return fileKey;
    }
  }
  throw new AgeError('wrong key');
}

/** undefined for a share that is no point of the curve to agree on. */
function agreed(privateKey: KeyObject, share: Buffer): Buffer | undefined {
  try {
    return diffieHellman({ privateKey, publicKey: x25519PublicKey(share) });
  } catch {
    return undefined;
  }
}

function sharedKey(secret: Buffer, share: Buffer, recipient: Buffer): Buffer {
  return hkdf(secret, Buffer.concat([share, recipient]), `${intro}/X25519`);
}

function stanzaText({ type, words, body }: Stanza): string {
  const lines = bare(body).match(/.{1,64}/g) ?? [''];
  // The last line of a body is shorter than the others, or empty.
  if (lines.at(-1)?.length === 64) lines.push('');
  return `-> ${[type, ...words].join(' ')}\n${lines.join('\n')}\n`;
}

/** Bytes of the longest header that is read: a stanza is some hundred. */
const longestHeader = 64 * 1024;

function parsed(file: Buffer) {
  if (!file.subarray(0, intro.length + 1).equals(Buffer.from(`${intro}\n`))) throw new AgeError('no age file');
  const text = file.toString('latin1', 0, Math.min(file.length, longestHeader));
  const [, head, mac] = /^(.*?\n---) ([A-Za-z0-9+/]{43})\n/s.exec(text) ?? [];
  if (head === undefined || mac === undefined) throw new AgeError('damaged');
  const stanzas = [...head.matchAll(/^-> (\S+)((?: \S+)*)\n((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63})\n/gm)].map(
    ([, type = '', words = '', body = '']): Stanza => ({
      type,
      words: words.split(' ').slice(1),
      body: Buffer.from(body, 'base64'),
    }),
  );
  const payload = file.subarray(head.length + mac.length + 2);
  return { stanzas, head, mac: Buffer.from(mac, 'base64'), payload };
}

/** The chunks of the payload, of which the last is told apart, so that none can be cut off. */
function streamed(content: Buffer, key: Buffer): readonly Buffer[] {
  const count = Math.max(1, Math.ceil(content.length / chunkBytes));
  return Array.from({ length: count }, (_, index) =>
    aead(key, chunkNonce(index, index === count - 1), content.subarray(index * chunkBytes, (index + 1) * chunkBytes)),
  );
}

function opened(payload: Buffer, key: Buffer): Buffer {
  const step = chunkBytes + tagBytes;
  const count = Math.max(1, Math.ceil(payload.length / step));
  const chunks = Array.from({ length: count }, (_, index) => {
    const chunk = payload.subarray(index * step, (index + 1) * step);
    const content = aeadOpened(key, chunkNonce(index, index === count - 1), chunk);
    if (content === undefined || (content.length === 0 && index > 0)) throw new AgeError('damaged');
    return content;
  });
  return Buffer.concat(chunks);
}

const nothing = Buffer.alloc(12);

function chunkNonce(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

function payloadKey(fileKey: Buffer, nonce: Buffer): Buffer {
  return hkdf(fileKey, nonce, 'payload');
}

function headerMac(fileKey: Buffer, head: string): Buffer {
  return createHmac('sha256', hkdf(fileKey, Buffer.alloc(0), 'header'))
    .update(head, 'latin1')
    .digest();
}

function hkdf(secret: Buffer, salt: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, 32));
}

function aead(key: Buffer, nonce: Buffer, content: Buffer): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** undefined where it was not made with this key, or is damaged. */
function aeadOpened(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined;
  try {
    const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Base64 without padding. */
function bare(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
