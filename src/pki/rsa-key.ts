import { createPrivateKey, generatePrime, type KeyObject } from 'node:crypto';

/** The public exponent of kubeadm's and of nearly all RSA keys. */
const exponent = 65537n;

/**
 * A new RSA key of `bits` bits. Its primes are OpenSSL's, found by its ordinary search with the rounds of Miller-Rabin of its
 * own; what follows from them is RFC 8017, 3.2 within the bounds of FIPS 186-5, A.1.3. OpenSSL's generator of whole
 * keys searches for primes of a form that is slow to find: it takes twice as long, and a control plane has 16 keys.
 */
export async function generateRsaKey(bits: number): Promise<KeyObject> {
  for (;;) {
    // One after the other: who asks for a key decides how many cores it takes.
    const one = await primeOf(bits / 2);
    const other = await primeOf(bits / 2);
    const [larger, smaller] = one > other ? [one, other] : [other, one];
    const key = keyOf(larger, smaller, bits);
    if (key !== undefined) return key;
  }
}

/** With its two highest bits set, as OpenSSL does it, so that a product of two has all its bits. */
function primeOf(bits: number): Promise<bigint> {
  return new Promise((resolve, reject) => {
    generatePrime(bits, { bigint: true }, (error, prime) => (error ? reject(error) : resolve(prime)));
  });
}

/** undefined where the primes do not serve: one in 30,000 fits the exponent not, and they may be too near to each other. */
function keyOf(p: bigint, q: bigint, bits: number): KeyObject | undefined {
  const [below, under] = [p - 1n, q - 1n];
  if (below % exponent === 0n || under % exponent === 0n) return undefined;
  if (p - q <= 1n << BigInt(bits / 2 - 100)) return undefined;
  const n = p * q;
  if (n >> BigInt(bits - 1) !== 1n) return undefined;
  const d = inverse(exponent, (below / greatestCommonDivisor(below, under)) * under);
  if (d >> BigInt(bits / 2) === 0n) return undefined;
  const numbers = { n, e: exponent, d, p, q, dp: d % below, dq: d % under, qi: inverse(q, p) };
  const key = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, base64url(value)]));
  return createPrivateKey({ format: 'jwk', key: { kty: 'RSA', ...key } });
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/** What `a` has to be multiplied by for 1 modulo `m`: the extended Euclidean algorithm. */
function inverse(a: bigint, m: bigint): bigint {
  let [r, next, s, nextS] = [m, a % m, 0n, 1n];
  while (next !== 0n) {
    const quotient = r / next;
    [r, next] = [next, r - quotient * next];
    [s, nextS] = [nextS, s - quotient * nextS];
  }
  return s < 0n ? s + m : s;
}

/** RFC 7518, 6.3: the fewest bytes that hold the number. */
function base64url(value: bigint): string {
  const digits = value.toString(16);
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex').toString('base64url');
}
