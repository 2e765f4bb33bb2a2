import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { EncryptionAlgorithm } from '../config/types.ts';
import { slots } from '../host/slots.ts';
import { Secret } from '../secret.ts';

const generate = promisify(generateKeyPair);

/** A new private key as kubeadm writes it: PKCS#1 (`RSA PRIVATE KEY`) or SEC1 (`EC PRIVATE KEY`). */
export async function generateKey(algorithm: EncryptionAlgorithm): Promise<Secret> {
  const shape = shapes[algorithm];
  if (shape.type === 'rsa') {
    const { privateKey } = await generate('rsa', { modulusLength: shape.bits });
    return pem(privateKey, 'pkcs1');
  }
  const { privateKey } = await generate('ec', { namedCurve: shape.curve });
  return pem(privateKey, 'sec1');
}

/** The public half of a private key (PEM) as `PUBLIC KEY` (PKIX, the form of sa.pub); throws where it is no key. */
export function publicHalf(key: Secret): string {
  return createPublicKey(key.reveal()).export({ type: 'spki', format: 'pem' }).toString();
}

/** Keys that are generated before somebody asks, so that all cores work from the first moment. */
export interface KeyPool {
  /** Starts `count` generations. */
  prefetch(algorithm: EncryptionAlgorithm, count: number): void;
  /** The oldest key under way, or a new one; never the same twice. */
  take(algorithm: EncryptionAlgorithm): Promise<Secret>;
}

/** Of libuv's four threads one stays free, or every file that is read and module that is loaded queues behind keys. */
const threads = 3;

/** An empty pool; what is prefetched and never taken does not keep the process alive once generated. */
export function keyPool(): KeyPool {
  const underWay = new Map<EncryptionAlgorithm, Promise<Secret>[]>();
  const inTurn = slots(threads);
  return {
    prefetch(algorithm, count) {
      const started = Array.from({ length: count }, () => inTurn(() => generateKey(algorithm)));
      // A failure belongs to whoever takes the key.
      for (const key of started) key.catch(() => {});
      underWay.set(algorithm, [...(underWay.get(algorithm) ?? []), ...started]);
    },
    take: (algorithm) => underWay.get(algorithm)?.shift() ?? generateKey(algorithm),
  };
}

/** One cheap key for everything: for plans, whose certificates nobody uses. */
export function rehearsalKeys(): KeyPool {
  let key: Promise<Secret> | undefined;
  return {
    prefetch() {},
    take() {
      key ??= generateKey('ECDSA-P256');
      return key;
    },
  };
}

const shapes = {
  'RSA-2048': { type: 'rsa', bits: 2048 },
  'RSA-3072': { type: 'rsa', bits: 3072 },
  'RSA-4096': { type: 'rsa', bits: 4096 },
  'ECDSA-P256': { type: 'ec', curve: 'P-256' },
  'ECDSA-P384': { type: 'ec', curve: 'P-384' },
} as const satisfies Record<EncryptionAlgorithm, object>;

function pem(key: KeyObject, type: 'pkcs1' | 'sec1'): Secret {
  return new Secret(key.export({ type, format: 'pem' }).toString());
}
