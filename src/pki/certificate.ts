import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { exitCodes, KinitError } from '../errors.ts';
import type { PkiRelease } from '../release/pki.ts';
import type { Secret } from '../secret.ts';
import { type CertificateParts, partsOf } from './certificate-parts.ts';
import type { CertificateSpec } from './certificate-table.ts';
import * as der from './der.ts';
import { type Extension, extensionList, nameOf, oids, subjectAlternativeName } from './extensions.ts';
import { keyProblem } from './key-kinds.ts';

/** Who signs: a CA, or (without a certificate) the key that the certificate is for. */
export interface Signer {
  readonly certificate?: string;
  readonly key: Secret;
}

export interface IssueOptions {
  /** PEM, PKIX. */
  readonly publicKey: string;
  readonly signer: Signer;
  /** The run's start, milliseconds since the epoch; validity counts from it. */
  readonly now: number;
  readonly release: PkiRelease;
}

/**
 * The certificate (PEM) that `spec` describes, encoded as Go's crypto/x509 does it for kubeadm of the release.
 * Throws where a key or the signer's certificate is not readable.
 */
export function issue(spec: CertificateSpec, { publicKey, signer, now, release }: IssueOptions): string {
  const subjectKey = createPublicKey(publicKey);
  const key = createPrivateKey(signer.key.reveal());
  const ca = signer.certificate === undefined ? undefined : readAuthority(signer.certificate);
  const algorithm = signatureAlgorithm(key);
  const start = spec.start === 'signer' && ca ? ca.notBefore : now - release.backdate * 1000;
  const subject = nameOf(spec.subject);
  const body = der.sequence(
    der.tagged(0, der.integer(Uint8Array.of(2))),
    der.integer(ca === undefined && release.caSerial === 'zero' ? Uint8Array.of(0) : randomSerial()),
    algorithm.identifier(),
    ca?.subject ?? subject,
    der.sequence(der.time(start), der.time(now + spec.validitySeconds * 1000)),
    subject,
    der.decode(subjectKey.export({ type: 'spki', format: 'der' })),
    der.tagged(3, extensionList(extensions(spec, subjectKey, ca, release))),
  );
  return signedPem('CERTIFICATE', body, algorithm, key);
}

/** A request (PKCS#10, PEM) for the certificate that `spec` describes; usages are the signer's to set. */
export function certificateRequest(spec: CertificateSpec, secret: Secret): string {
  const key = createPrivateKey(secret.reveal());
  const names = subjectAlternativeName(spec);
  const wanted = names ? [der.sequence(der.objectId(oids.extensionRequest), der.setOf(extensionList([names])))] : [];
  const body = der.sequence(
    der.integer(Uint8Array.of(0)),
    nameOf(spec.subject),
    der.decode(createPublicKey(key).export({ type: 'spki', format: 'der' })),
    der.tagged(0, ...wanted),
  );
  return signedPem('CERTIFICATE REQUEST', body, signatureAlgorithm(key), key);
}

interface Authority extends Pick<CertificateParts, 'subject' | 'subjectKeyIdentifier'> {
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
}

function extensions(
  spec: CertificateSpec,
  subjectKey: KeyObject,
  ca: Authority | undefined,
  release: PkiRelease,
): readonly (Extension | undefined)[] {
  const { usages } = spec;
  return [
    {
      // digitalSignature, keyEncipherment and, for a CA, keyCertSign.
      id: oids.keyUsage,
      critical: true,
      value: spec.ca ? der.bits(Uint8Array.of(0xa4), 2) : der.bits(Uint8Array.of(0xa0), 5),
    },
    usages.length === 0
      ? undefined
      : { id: oids.extKeyUsage, value: der.sequence(...usages.map((usage) => der.objectId(oids[usage]))) },
    spec.ca || release.leafBasicConstraints
      ? { id: oids.basicConstraints, critical: true, value: der.sequence(...(spec.ca ? [der.boolean(true)] : [])) }
      : undefined,
    spec.ca
      ? { id: oids.subjectKeyIdentifier, value: der.octets(keyIdentifier(subjectKey, release.keyIdentifier)) }
      : undefined,
    ca?.subjectKeyIdentifier
      ? { id: oids.authorityKeyIdentifier, value: der.sequence(der.taggedBytes(0, ca.subjectKeyIdentifier)) }
      : undefined,
    subjectAlternativeName(spec),
  ];
}

/** The first 160 bits of the hash of the key's bit string (RFC 5280, section 4.2.1.2; RFC 7093). */
function keyIdentifier(key: KeyObject, hash: 'sha1' | 'sha256'): Buffer {
  const [, bitString] = der.members(der.decode(key.export({ type: 'spki', format: 'der' })));
  const raw = bitString === undefined ? Buffer.alloc(0) : der.bitStringContent(bitString);
  return createHash(hash).update(raw).digest().subarray(0, 20);
}

function readAuthority(pem: string): Authority {
  const certificate = new X509Certificate(pem);
  return { ...partsOf(certificate), notBefore: Date.parse(certificate.validFrom) };
}

interface SignatureAlgorithm {
  readonly identifier: () => der.Der;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
}

/** Go's choice for a CA's key: SHA-256 with RSA, and with ECDSA the hash as wide as the curve. */
function signatureAlgorithm(key: KeyObject): SignatureAlgorithm {
  if (key.asymmetricKeyType === 'rsa') {
    return { identifier: () => der.sequence(der.objectId(oids.sha256WithRsa), der.nothing()), hash: 'sha256' };
  }
  const curve = key.asymmetricKeyDetails?.namedCurve ?? '';
  const found = ecdsa[curve];
  if (!found) {
    throw new KinitError(`a key cannot sign certificates: ${keyProblem(key) ?? curve}`, {
      exitCode: exitCodes.preflight,
    });
  }
  return { identifier: () => der.sequence(der.objectId(found.id)), hash: found.hash };
}

const ecdsa: Readonly<Record<string, { readonly id: string; readonly hash: 'sha256' | 'sha384' | 'sha512' }>> = {
  secp224r1: { id: '1.2.840.10045.4.3.2', hash: 'sha256' },
  prime256v1: { id: '1.2.840.10045.4.3.2', hash: 'sha256' },
  secp384r1: { id: '1.2.840.10045.4.3.3', hash: 'sha384' },
  secp521r1: { id: '1.2.840.10045.4.3.4', hash: 'sha512' },
};

function signedPem(label: string, body: der.Der, algorithm: SignatureAlgorithm, key: KeyObject): string {
  const signature = sign(algorithm.hash, der.encode(body), key);
  return pem(label, der.encode(der.sequence(body, algorithm.identifier(), der.bits(signature))));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** 1 to 2^63 - 1. */
function randomSerial(): Uint8Array {
  const bytes = randomBytes(8);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.some((byte) => byte !== 0) ? bytes : Uint8Array.of(1);
}
