import { createPrivateKey, createPublicKey } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { EncryptionAlgorithm } from '../../../src/config/types.ts';
import { generateKey, keyPool, publicHalf } from '../../../src/pki/keys.ts';

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

  it('keeps algorithms apart', async () => {
    const pool = keyPool();
    pool.prefetch('ECDSA-P256', 1);
    const key = await pool.take('ECDSA-P384');
    expect(createPrivateKey(key.reveal()).asymmetricKeyDetails).toEqual({ namedCurve: 'secp384r1' });
  });
});
