import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** What stands before the 32 bytes of an X25519 key in DER (RFC 8410). */
const spki = Buffer.from('302a300506032b656e032100', 'hex');
const pkcs8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** A public key by its bytes. */
export function x25519PublicKey(bytes: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([spki, bytes]), format: 'der', type: 'spki' });
}

/** The 32 bytes of a public key. */
export function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-32);
}

/**
 * The public keys in a text: lines `age1...` as age-keygen prints them (`#` begins a comment), or one of openssl's in PEM.
 * undefined where it holds none, or something else.
 */
export function ageRecipients(text: string): readonly KeyObject[] | undefined {
  if (text.includes('-----BEGIN ')) return pem(text, createPublicKey);
  return keysIn(text, (line) => {
    const bytes = bech32('age', line);
    return bytes && x25519PublicKey(bytes);
  });
}

/** The private keys in a text: lines `AGE-SECRET-KEY-1...`, or one of openssl's in PEM; undefined as with ageRecipients. */
export function ageIdentities(text: string): readonly KeyObject[] | undefined {
  if (text.includes('-----BEGIN ')) return pem(text, createPrivateKey);
  return keysIn(text, (line) => {
    const bytes = bech32('age-secret-key-', line);
    return bytes && createPrivateKey({ key: Buffer.concat([pkcs8, bytes]), format: 'der', type: 'pkcs8' });
  });
}

function pem(text: string, read: (text: string) => KeyObject): readonly KeyObject[] | undefined {
  try {
    const key = read(text);
    return key.asymmetricKeyType === 'x25519' ? [key] : undefined;
  } catch {
    return undefined;
  }
}

function keysIn(text: string, read: (line: string) => KeyObject | undefined): readonly KeyObject[] | undefined {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const keys = lines.map(read);
  return keys.length === 0 || keys.includes(undefined) ? undefined : (keys as readonly KeyObject[]);
}

const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** The 32 bytes behind a prefix in Bech32 (BIP 173), in upper or lower case; undefined where its checksum does not hold. */
function bech32(prefix: string, text: string): Buffer | undefined {
  const lower = text.toLowerCase();
  if ((text !== lower && text !== text.toUpperCase()) || !lower.startsWith(`${prefix}1`)) return undefined;
  const digits = [...lower.slice(prefix.length + 1)].map((letter) => letters.indexOf(letter));
  // 32 bytes are 52 digits of 5 bits, and 6 are the checksum.
  if (digits.length !== 58 || digits.includes(-1)) return undefined;
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  const all = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...digits];
  if (all.reduce(checksum, 1) !== 1) return undefined;
  const bits = digits
    .slice(0, -6)
    .map((digit) => digit.toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from(Array.from({ length: 32 }, (_, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8), 2)));
}

function checksum(sum: number, digit: number): number {
  const top = sum >>> 25;
  const next = ((sum & 0x1ffffff) << 5) ^ digit;
  return generator.reduce((value, part, at) => ((top >> at) & 1 ? value ^ part : value), next);
}
