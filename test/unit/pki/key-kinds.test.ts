import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { exitCodes, KinitError } from '../../../src/errors.ts';
import { issue } from '../../../src/pki/certificate.ts';
import type { CertificateSpec } from '../../../src/pki/certificate-table.ts';
import { decideCertificates, decideKeyPair, signerProblem } from '../../../src/pki/existing.ts';
import { authorityProblem, keyProblem, readPrivateKey } from '../../../src/pki/key-kinds.ts';
import { Secret } from '../../../src/secret.ts';
import { pkiOf } from './config.ts';
import { issuedPki, type Pki, seenPairs } from './issued.ts';
import { hasOpenssl, openssl } from './openssl.ts';

const ec = (namedCurve: string) => () => generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength: number) => () => generateKeyPairSync('rsa', { modulusLength });
interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const unusable: readonly (readonly [name: string, make: () => KeyPair])[] = [
  ['an Ed25519 key', () => generateKeyPairSync('ed25519')],
  ['an Ed448 key', () => generateKeyPairSync('ed448')],
  ['an X25519 key, which cannot sign', () => generateKeyPairSync('x25519')],
  ['an X448 key, which cannot sign', () => generateKeyPairSync('x448')],
  ['an RSA key for PSS alone', () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 })],
  ['an ECDSA key on secp256k1', ec('secp256k1')],
  ['an ECDSA key on brainpoolP256r1', ec('brainpoolP256r1')],
  ['an RSA key of 512 bits', rsa(512)],
  ['a DSA key', () => generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })],
];
const usable: readonly (readonly [name: string, make: () => KeyPair])[] = [
  ['RSA of 1024 bits', rsa(1024)],
  ['RSA of 2048 bits', rsa(2048)],
  ['P-224', ec('P-224')],
  ['P-256', ec('P-256')],
  ['P-384', ec('P-384')],
  ['P-521', ec('P-521')],
];

const directory = '/etc/kubernetes/pki';
const now = Date.parse('2026-11-21T00:00:00Z');
const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicPem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();

let pki: Pki;
beforeAll(async () => {
  pki = await issuedPki(now);
});

describe.each(unusable)('%s', (name, make) => {
  const pair = make();
  const key = { publicKey: publicPem(pair.publicKey) };

  it.each(['ca', 'front-proxy-ca', 'etcd/ca'])('is refused by name as the key of %s, with all under it', (path) => {
    for (const certificate of [undefined, pki.certificates.get(path)]) {
      const seen = new Map([[path, { certificate, key }]]);
      const verdicts = decideCertificates(pki.specs, seen, { directory, now });
      const refusal = {
        decision: 'refuse',
        problem: expect.stringContaining(`${directory}/${path}.key: it is ${name};`),
      };
      expect(verdicts.get(path)).toMatchObject(refusal);
      for (const { path: leaf } of pki.specs.filter(({ signer }) => signer === path)) {
        expect(verdicts.get(leaf)).toMatchObject(refusal);
      }
    }
  });

  it('is refused where one phase signs with the CA alone', () => {
    const apiserver = pki.specs.filter(({ path }) => path === 'apiserver');
    const seen = new Map([['ca', { certificate: pki.certificates.get('ca'), key }]]);
    expect(decideCertificates(apiserver, seen, { directory, now }).get('apiserver')?.decision).toBe('refuse');
    expect(signerProblem('ca', seen.get('ca'), { directory, now })?.problem).toContain(name);
  });

  it('is refused as a key that exists of another certificate', () => {
    const seen = seenPairs(pki).set('apiserver', { certificate: undefined, key });
    expect(decideCertificates(pki.specs, seen, { directory, now }).get('apiserver')).toMatchObject({
      problem: expect.stringContaining(`apiserver.key: it is ${name};`),
    });
  });

  it('is refused as sa.key', () => {
    for (const publicKey of [undefined, key.publicKey]) {
      expect(decideKeyPair(key, publicKey, { directory, now })).toMatchObject({
        decision: 'refuse',
        problem: expect.stringMatching(/^\/etc\/kubernetes\/pki\/sa\.key: it is .*; Kubernetes takes RSA/),
      });
    }
  });

  // OpenSSL itself signs nothing of a certificate with so few bits.
  if (name === 'an RSA key of 512 bits') return;
  it('ends as bad input and no bug where it signs all the same', () => {
    const spec = pki.specs[0] as CertificateSpec;
    const signer = { key: new Secret(pemOf(pair.privateKey)) };
    const { pki: release } = pkiOf('v1.36.2');
    const signing = () => issue(spec, { publicKey: key.publicKey, signer, now, release });
    expect(signing).toThrow(KinitError);
    expect(signing).toThrow(expect.objectContaining({ exitCode: exitCodes.preflight }));
  });
});

describe.each(usable)('%s', (_, make) => {
  it('signs certificates, as kubeadm has it', () => {
    const { privateKey, publicKey } = make();
    expect(keyProblem(publicKey)).toBeUndefined();
    const spec = pki.specs[0] as CertificateSpec;
    const options = { publicKey: publicPem(publicKey), signer: { key: new Secret(pemOf(privateKey)) }, now };
    expect(issue(spec, { ...options, release: pkiOf('v1.36.2').pki })).toContain('BEGIN CERTIFICATE');
  });
});

describe('the key of service accounts', () => {
  it('may not be on P-224, which no algorithm of tokens is for', () => {
    const { publicKey } = ec('P-224')();
    expect(keyProblem(publicKey, 'tokens')).toBe(
      'it is an ECDSA key on P-224; Kubernetes takes RSA of 1024 bits or more, or ECDSA on P-256, P-384 or P-521',
    );
  });
});

describe('a CA without its key', () => {
  it('may be of Ed25519, which Go verifies, and of nothing else that is refused with its key', () => {
    expect(unusable.flatMap(([name, make]) => (authorityProblem(make().publicKey) ? [] : [name]))).toEqual([
      'an Ed25519 key',
    ]);
  });

  it.skipIf(!hasOpenssl)('is refused by its certificate where Go cannot verify it', () => {
    const key = pemOf(generateKeyPairSync('ed448').privateKey);
    const request = ['req', '-x509', '-new', '-key', '{key}', '-subj', '/CN=ca', '-days', '9'];
    const certificate = openssl(request, { key });
    expect(signerProblem('ca', { certificate, key: undefined }, { directory, now })?.problem).toMatch(
      /^\/etc\/kubernetes\/pki\/ca\.crt: its key, an Ed448 key;/,
    );
  });
});

describe('a private key', () => {
  const { privateKey, publicKey } = ec('P-256')();
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'secret' };

  it('is read in each of its PEM forms', () => {
    for (const type of ['pkcs8', 'sec1'] as const) {
      const pem = privateKey.export({ type, format: 'pem' }).toString();
      expect(readPrivateKey(pem)).toEqual({ publicKey: publicPem(publicKey) });
    }
  });

  it.each([
    [
      'encrypted',
      () => privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }),
      /^it is encrypted with a passphrase.*openssl pkey/,
    ],
    [
      'encrypted in the old way',
      () => privateKey.export({ type: 'sec1', format: 'pem', ...cipher }),
      /^it is encrypted/,
    ],
    [
      'of OpenSSH',
      () => '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n',
      /ssh-keygen -p -m PEM/,
    ],
    ['a public key', () => publicPem(publicKey), /not a private key in PEM form, but a public key$/],
    ['a certificate', () => pki.certificates.get('ca') ?? '', /not a private key in PEM form, but a certificate$/],
    ['text', () => 'hello', /^it is not a private key in PEM form$/],
    ['cut off', () => pemOf(privateKey).slice(0, 80), /^it is not a private key in PEM form$/],
    ['empty', () => '', /^it is not a private key in PEM form$/],
  ])('that is %s is called that', (_, text, problem) => {
    const read = readPrivateKey(String(text()));
    expect('problem' in read && read.problem).toMatch(problem);
    expect(JSON.stringify(read)).not.toContain('secret');
  });
});
