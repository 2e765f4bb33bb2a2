import { describe, expect, it } from 'vitest';
import { generateRsaKey } from '../../../src/pki/rsa-key.ts';

const number = (value = ''): bigint => BigInt(`0x${Buffer.from(value, 'base64url').toString('hex')}`);

describe('RSA keys', () => {
  it('keep the bounds of FIPS 186-5, A.1.3, and no two share a prime', async () => {
    const seen = new Set<bigint>();
    for (let count = 0; count < 10; count += 1) {
      const key = (await generateRsaKey(2048)).export({ format: 'jwk' });
      const { n, d, p, q, dp, dq, qi } = key;
      const [prime, other, secret] = [number(p), number(q), number(d)];
      expect(number(n)).toBe(prime * other);
      expect(number(n) >> 2047n).toBe(1n);
      expect(prime - other > 1n << 924n).toBe(true);
      expect(secret > 1n << 1024n && secret < number(n)).toBe(true);
      expect([(secret * 65537n) % (prime - 1n), (secret * 65537n) % (other - 1n)]).toEqual([1n, 1n]);
      expect([number(dp), number(dq)]).toEqual([secret % (prime - 1n), secret % (other - 1n)]);
      expect((number(qi) * other) % prime).toBe(1n);
      seen.add(prime).add(other);
    }
    expect(seen.size).toBe(20);
  });
});
