import { createPrivateKey, generatePrime, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

const probablePrime = promisify((bits: number, done: (error: Error | null, prime: bigint) => void): void =>
  generatePrime(bits, { bigint: true }, done),
);

/** What everybody uses, kubeadm too. */
const exponent = 65537n;

/**
 * A new RSA key of `bits` (2048 or more) from two of OpenSSL's random probable primes, as Go's crypto/rsa makes
 * kubeadm's: FIPS 186-5 A.1.3. Node's own generator follows A.1.6, whose conditions only smaller primes need, and takes
 * nearly three times as long; the keys are what an `init` waits for first.
 */
export async function generateRsaKey(bits: number): Promise<KeyObject> {
  for (;;) {
    const key = assembled(await probablePrime(bits / 2), await probablePrime(bits / 2), bits);
    if (key !== undefined) return createPrivateKey({ key, format: 'jwk' });
  }
}

/** The key of two primes as RFC 7518 writes it; undefined where they do not make one that FIPS 186-5 A.1.3 allows. */
function assembled(p: bigint, q: bigint, bits: number) {
  const distance = p > q ? p - q : q - p;
  const modulus = p * q;
  const order = ((p - 1n) * (q - 1n)) / divisor(p - 1n, q - 1n);
  const d = inverse(exponent, order);
  if (d === undefined || distance >> BigInt(bits / 2 - 100) === 0n) return undefined;
  if (modulus >> BigInt(bits - 1) !== 1n || d >> BigInt(bits / 2) === 0n) return undefined;
  const number = (value: bigint | undefined): string => base64url(value ?? 0n);
  return {
    ...{ kty: 'RSA', n: number(modulus), e: number(exponent), d: number(d), p: number(p), q: number(q) },
    ...{ dp: number(d % (p - 1n)), dq: number(d % (q - 1n)), qi: number(inverse(q, p)) },
  };
}

function divisor(a: bigint, b: bigint): bigint {
  let [large, small] = [a, b];
  while (small !== 0n) [large, small] = [small, large % small];
  return large;
}

/** The number between 0 and `modulus` that times `value` leaves 1; undefined where they share a factor. */
function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [a, b] = [value % modulus, modulus];
  let [x, next] = [1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, next] = [next, x - quotient * next];
  }
  if (a !== 1n) return undefined;
  return x < 0n ? x + modulus : x;
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}
