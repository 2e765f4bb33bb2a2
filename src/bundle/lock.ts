import { KinitError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { pathText } from '../yaml-place.ts';
import { lockSchema } from './lock-schema.ts';

/** What a bundle holds and for whom: its first file, which every other one is checked against. */
export interface BundleLock {
  readonly apiVersion: 'kinit.dev/v1alpha1';
  readonly kind: 'Bundle';
  /** ISO 8601. */
  readonly created: string;
  /** `v1.20.2`. */
  readonly kubernetesVersion: string;
  /** Whose packages these are; absent where there are only images. */
  readonly distribution?: BundleDistribution;
  /** What to install, as dnf takes it: `kubelet-1.20.2`, `containerd.io-1.*`. The rest of the RPMs is what these need. */
  readonly packages: readonly string[];
  readonly images: readonly BundleImage[];
  readonly files: readonly BundleFile[];
}

export interface BundleDistribution {
  /** ID and VERSION_ID of /etc/os-release. */
  readonly id: string;
  readonly version: string;
  /** `uname -m`. */
  readonly architecture: string;
}

export interface BundleImage {
  readonly name: string;
  /** `sha256:...`, the image ID. */
  readonly id?: string;
  /** Path of its archive in the bundle. */
  readonly file: string;
  /** Who runs it. */
  readonly nodes: 'all' | 'control-plane';
}

export interface BundleFile {
  readonly path: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Path of the lock in a bundle, its first file. */
export const lockPath = 'kinit-bundle.json';

/** Folders of a bundle. */
export const rpmFolder = 'rpms';
export const imageFolder = 'images';

/** The lock as it is written. */
export function lockText(lock: BundleLock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** Reads a lock. Throws KinitError (exit 3) with the place of what is wrong where it is none of ours, or of a later kinit. */
export function parseLock(text: string, place: string): BundleLock {
  const json = jsonOf(text);
  const { kind, apiVersion } = (typeof json === 'object' && json !== null ? json : {}) as Readonly<
    Record<string, unknown>
  >;
  const wrong = (what: string): KinitError =>
    new KinitError(`${place}: not a kinit bundle: ${what}`, { exitCode: 3, hint: 'make one with kinit bundle create' });
  if (kind !== 'Bundle' || typeof apiVersion !== 'string' || !apiVersion.startsWith('kinit.dev/')) {
    throw wrong(`${lockPath} is no lock file`);
  }
  if (apiVersion !== 'kinit.dev/v1alpha1') {
    throw new KinitError(`${place}: a bundle of ${apiVersion}, made by another version of kinit`, {
      exitCode: 3,
      hint: 'use the kinit that made it, or make it again',
    });
  }
  const { data, error } = lockSchema.safeParse(json);
  if (data !== undefined) return data as BundleLock;
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map((step) => (typeof step === 'symbol' ? '' : step));
  const value = path.reduce<unknown>(
    (part, step) => (part as Readonly<Record<string | number, unknown>>)?.[step],
    json,
  );
  throw wrong(`its lock file has an entry that cannot be: ${pathText(path)} ${shown(value)}`);
}

function shown(value: unknown): string {
  return value === undefined ? 'is missing' : `is ${(JSON.stringify(value) ?? '').slice(0, 100)}`;
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
