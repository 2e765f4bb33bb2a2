import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** What a key is for: signing certificates, or the tokens of service accounts. */
export type KeyUse = 'certificates' | 'tokens';

/**
 * Why Kubernetes' components and kubeadm cannot use the key of a pair that signs, or undefined: kubeadm loads RSA and
 * ECDSA alone (app/util/pkiutil TryLoadKeyFromDisk), Go's crypto/elliptic knows four curves, its crypto/rsa refuses less
 * than 1024 bits (Go 1.24, so from v1.33 on), and the API server signs tokens on three curves (pkg/serviceaccount
 * signerFromECDSAPrivateKey).
 */
export function keyProblem(key: KeyObject, use: KeyUse = 'certificates'): string | undefined {
  if (key.asymmetricKeyType === 'rsa' && bitsOf(key) >= smallestRsa) return undefined;
  if (key.asymmetricKeyType === 'ec' && curves[use].has(curveOf(key))) return undefined;
  return `it is ${describeKey(key)}; Kubernetes takes ${wanted(use)}`;
}

/**
 * Why Go cannot verify what a CA without its key has signed, or undefined; Ed25519 is fine then (Go crypto/x509
 * getPublicKeyAlgorithmFromOID and CheckSignature).
 */
export function authorityProblem(key: KeyObject): string | undefined {
  return key.asymmetricKeyType === 'ed25519' ? undefined : keyProblem(key);
}

/** The public half (PEM, PKIX) of a private key in PEM form, or in one sentence why it is none. */
export function readPrivateKey(pem: string): { readonly publicKey: string } | { readonly problem: string } {
  try {
    const key = createPublicKey(createPrivateKey(pem));
    return { publicKey: key.export({ type: 'spki', format: 'pem' }).toString() };
  } catch {
    return { problem: whatInstead(pem) };
  }
}

function whatInstead(pem: string): string {
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    return 'it is encrypted with a passphrase, which nobody is there to give: `openssl pkey -in FILE -out NEW` writes it without one';
  }
  const [, label] = /^-----BEGIN ([A-Z0-9 ]+)-----/m.exec(pem) ?? [];
  if (label === 'OPENSSH PRIVATE KEY')
    return 'it is a key of OpenSSH: `ssh-keygen -p -m PEM -f FILE` writes it in PEM form';
  if (label !== undefined && !label.endsWith('PRIVATE KEY') && label !== 'EC PARAMETERS') {
    return `it is not a private key in PEM form, but a ${label.toLowerCase()}`;
  }
  return 'it is not a private key in PEM form';
}

const smallestRsa = 1024;

/** Names that OpenSSL has for Go's curves. */
const names: ReadonlyMap<string, string> = new Map([
  ['secp224r1', 'P-224'],
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
]);
const curves: Readonly<Record<KeyUse, ReadonlySet<string>>> = {
  certificates: new Set(names.keys()),
  tokens: new Set([...names.keys()].filter((curve) => curve !== 'secp224r1')),
};

function wanted(use: KeyUse): string {
  const [last, ...others] = [...curves[use]].map((curve) => names.get(curve) ?? curve).reverse();
  return `RSA of ${smallestRsa} bits or more, or ECDSA on ${others.reverse().join(', ')} or ${last}`;
}

function bitsOf(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 0;
}

function curveOf(key: KeyObject): string {
  return key.asymmetricKeyDetails?.namedCurve ?? 'a curve without a name';
}

/** `an Ed25519 key`, `an RSA key of 512 bits`. */
function describeKey(key: KeyObject): string {
  const type = key.asymmetricKeyType ?? 'unknown';
  if (type === 'rsa') return `an RSA key of ${bitsOf(key)} bits`;
  if (type === 'ec') return `an ECDSA key on ${names.get(curveOf(key)) ?? curveOf(key)}`;
  return kinds[type] ?? `a key of the kind ${type}`;
}

const kinds: Readonly<Record<string, string>> = {
  ed25519: 'an Ed25519 key',
  ed448: 'an Ed448 key',
  x25519: 'an X25519 key, which cannot sign',
  x448: 'an X448 key, which cannot sign',
  'rsa-pss': 'an RSA key for PSS alone',
  dsa: 'a DSA key',
  dh: 'a Diffie-Hellman key, which cannot sign',
};
