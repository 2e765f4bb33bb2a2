import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { exitCodes, InputError, KinitError } from '../errors.ts';
import { reveal, type Secret } from '../secret.ts';

/** Path of the signature in a bundle, beside the lock, which does not list it. */
export const signaturePath = 'kinit-bundle.sig';
/** Far more than a signature has. */
export const longestSignature = 4096;

/** A private key for bundles. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly fingerprint: string;
}

/** The public half, which a bundle is checked with. */
export type VerifyingKey = SigningKey;

/** An Ed25519 private key (PEM). Throws InputError with the place. */
export function signingKey(pem: Secret, place: string): SigningKey {
  const key = parsed(() => createPrivateKey(reveal(pem)));
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new InputError(
      [{ place, message: 'is not an Ed25519 private key in PEM form without a passphrase' }],
      howToMake,
    );
  }
  return { key, fingerprint: fingerprintOf(createPublicKey(key)) };
}

/** An Ed25519 public key (PEM). Throws InputError with the place: a private key is none to hand around. */
export function verifyingKey(pem: string, place: string): VerifyingKey {
  const isPrivate = /PRIVATE KEY-----/.test(pem);
  const key = isPrivate ? undefined : parsed(() => createPublicKey(pem));
  if (key?.asymmetricKeyType !== 'ed25519') {
    const message = isPrivate ? 'is a private key: give its public half' : 'is not an Ed25519 public key in PEM form';
    throw new InputError([{ place, message }], howToMake);
  }
  return { key, fingerprint: fingerprintOf(key) };
}

const howToMake =
  'openssl genpkey -algorithm ed25519 -out bundle.key makes one, openssl pkey -in bundle.key -pubout -out bundle.pub its public half';

/** The text of a lock's signature: which key, and an Ed25519 signature (RFC 8032) in base64. */
export function signatureText(lock: string, { key, fingerprint }: SigningKey): string {
  return `ed25519 ${fingerprint} ${sign(null, signed(lock), key).toString('base64')}\n`;
}

/** The fingerprint of the key that a signature names; undefined where it is no signature. */
export function signerOf(signature: string): string | undefined {
  return format.exec(signature)?.[1];
}

/** Throws KinitError, exit 6, where the lock is not signed with the key. */
export function checkSignature(
  lock: string,
  signature: string | undefined,
  { key, fingerprint }: VerifyingKey,
  place: string,
): void {
  const refused = (why: string): KinitError =>
    new KinitError(`${place}: ${why}`, {
      exitCode: exitCodes.trustRefused,
      hint: 'do not use it: fetch it again from where it was made, or make it with kinit bundle create --sign-key',
    });
  if (signature === undefined) throw refused(`not signed, and only bundles signed with ${fingerprint} are taken`);
  const [, signer, encoded] = format.exec(signature) ?? [];
  if (signer === undefined || encoded === undefined) throw refused('its signature is not one that kinit makes');
  if (signer !== fingerprint) throw refused(`signed with ${signer}, not with ${fingerprint}`);
  if (!verify(null, signed(lock), key, Buffer.from(encoded, 'base64'))) {
    throw refused(`its signature does not fit what it says it holds`);
  }
}

const format = /^ed25519 (SHA256:[A-Za-z0-9+/]{43}) ([A-Za-z0-9+/]{86}==)\n$/;

/** What is signed: the digests of all files stand in the lock. The first line keeps it apart from anything else. */
function signed(lock: string): Buffer {
  return Buffer.from(`kinit.dev/v1alpha1 Bundle\n${lock}`);
}

/** As ssh prints fingerprints, of the key's SubjectPublicKeyInfo. */
function fingerprintOf(key: KeyObject): string {
  const digest = createHash('sha256').update(key.export({ type: 'spki', format: 'der' }));
  return `SHA256:${digest.digest('base64').replace(/=+$/, '')}`;
}

function parsed(work: () => KeyObject): KeyObject | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
