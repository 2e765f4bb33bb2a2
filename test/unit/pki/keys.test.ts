import { createPrivateKey, createPublicKey } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { EncryptionAlgorithm } from '../../../src/config/types.ts';
import { generateKey, keyPool, publicHalf } from '../../../src/pki/keys.ts';
import { hasOpenssl, openssl } from './openssl.ts';

describe('a key', () => {
  it.each<[EncryptionAlgorithm, string, object]>([
    ['RSA-2048', 'RSA PRIVATE KEY', { modulusLength: 2048, publicExponent: 65537n }],
    ['RSA-3072', 'RSA PRIVATE KEY', { modulusLength: 3072, publicExponent: 65537n }],
    ['RSA-4096', 'RSA PRIVATE KEY', { modulusLength: 4096, publicExponent: 65537n }],
    ['ECDSA-P256', 'EC PRIVATE KEY', { namedCurve: 'prime256v1' }],
    ['ECDSA-P384', 'EC PRIVATE KEY', { namedCurve: 'secp384r1' }],
  ])('of %s is a %s, as kubeadm writes it', { timeout: 60_000 }, async (algorithm, label, details) => {
    const pem = (await generateKey(algorithm)).reveal();
    expect(pem).toMatch(new RegExp(`^-----BEGIN ${label}-----\n[^-]+-----END ${label}-----\n$`));
    expect(createPrivateKey(pem).asymmetricKeyDetails).toEqual(details);
  });

  it.skipIf(!hasOpenssl).each<EncryptionAlgorithm>(['RSA-2048', 'RSA-3072'])(
    'of %s passes every check of OpenSSL',
    async (algorithm) => {
      const key = (await generateKey(algorithm)).reveal();
      expect(openssl(['rsa', '-check', '-noout', '-in', '{key}'], { key })).toContain('RSA key ok');
    },
  );

  it('of RSA has primes far apart and a private exponent that undoes the public one', async () => {
    const key = createPrivateKey((await generateKey('RSA-2048')).reveal()).export({ format: 'jwk' });
    const number = (value: string | undefined) => BigInt(`0x${Buffer.from(value ?? '', 'base64url').toString('hex')}`);
    const [n, d, p, q] = [number(key.n), number(key.d), number(key.p), number(key.q)];
    expect(p * q).toBe(n);
    expect((d * 65537n) % (p - 1n)).toBe(1n);
    expect((d * 65537n) % (q - 1n)).toBe(1n);
    expect((p > q ? p - q : q - p) >> 924n).toBeGreaterThan(0n);
    expect(d >> 1024n).toBeGreaterThan(0n);
  });

  it('has its public half in the form of sa.pub', async () => {
    const key = await generateKey('ECDSA-P256');
    expect(publicHalf(key)).toMatch(/^-----BEGIN PUBLIC KEY-----\n[^-]+-----END PUBLIC KEY-----\n$/);
    expect(createPublicKey(publicHalf(key)).equals(createPublicKey(key.reveal()))).toBe(true);
  });

  it('is not shown by printing it', async () => {
    const key = await generateKey('ECDSA-P256');
    expect(`${key} ${JSON.stringify({ key })} ${inspect({ key })}`).not.toContain('PRIVATE');
  });
});

describe('a pool of keys', () => {
  it('hands out what it prefetched and makes more when asked, none of them twice', async () => {
    const pool = keyPool();
    pool.prefetch('ECDSA-P256', 3);
    const keys = await Promise.all(Array.from({ length: 5 }, () => pool.take('ECDSA-P256')));
    expect(new Set(keys.map((key) => key.reveal())).size).toBe(5);
  });

  it.each([1, 2, 8])('makes all that was prefetched on %d cores', async (cores) => {
    const pool = keyPool(cores);
    pool.prefetch('ECDSA-P256', 9);
    const keys = await Promise.all(Array.from({ length: 9 }, () => pool.take('ECDSA-P256')));
    expect(new Set(keys.map((key) => key.reveal())).size).toBe(9);
  });

  it('makes a key for whoever asks after the rest was discarded', async () => {
    const pool = keyPool(1);
    pool.prefetch('ECDSA-P256', 9);
    pool.discard();
    expect((await pool.take('ECDSA-P256')).reveal()).toContain('EC PRIVATE KEY');
  });

  it('keeps algorithms apart', async () => {
    const pool = keyPool();
    pool.prefetch('ECDSA-P256', 1);
    const key = await pool.take('ECDSA-P384');
    expect(createPrivateKey(key.reveal()).asymmetricKeyDetails).toEqual({ namedCurve: 'secp384r1' });
  });
});
