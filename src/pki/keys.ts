import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import type { EncryptionAlgorithm } from '../config/types.ts';
import { Secret } from '../secret.ts';
import { generateRsaKey } from './rsa-key.ts';

const generate = promisify(generateKeyPair);

/** A new private key as kubeadm writes it: PKCS#1 (`RSA PRIVATE KEY`) or SEC1 (`EC PRIVATE KEY`). */
export async function generateKey(algorithm: EncryptionAlgorithm): Promise<Secret> {
  const shape = shapes[algorithm];
  if (shape.type === 'rsa') {
    return pem(await generateRsaKey(shape.bits), 'pkcs1');
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
  /** Begins none of the keys that were prefetched and are not under way yet: nobody will take them. */
  discard(): void;
}

/** Of libuv's four threads one stays free, or every file that is read and module that is loaded queues behind keys. */
const threads = 3;

/**
 * An empty pool. As long as nobody asks for a key one core is left to everything else, which is what the run waits for;
 * from then on all are used.
 */
export function keyPool(cores = availableParallelism()): KeyPool {
  const underWay = new Map<EncryptionAlgorithm, Promise<Secret>[]>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let isWanted = false;
  const places = () => Math.min(threads, Math.max(1, isWanted ? cores : cores - 1));
  const begin = (): void => {
    while (running < places()) {
      const next = waiting.shift();
      if (next === undefined) return;
      running += 1;
      next();
    }
  };
  const inTurn = (algorithm: EncryptionAlgorithm): Promise<Secret> =>
    new Promise((resolve, reject) => {
      const end = () => {
        running -= 1;
        begin();
      };
      waiting.push(() => void generateKey(algorithm).then(resolve, reject).finally(end));
    });
  return {
    prefetch(algorithm, count) {
      const started = Array.from({ length: count }, () => inTurn(algorithm));
      // A failure belongs to whoever takes the key.
      for (const key of started) key.catch(() => {});
      underWay.set(algorithm, [...(underWay.get(algorithm) ?? []), ...started]);
      begin();
    },
    take(algorithm) {
      isWanted = true;
      begin();
      return underWay.get(algorithm)?.shift() ?? generateKey(algorithm);
    },
    discard() {
      waiting.length = 0;
      underWay.clear();
    },
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
    discard() {},
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
