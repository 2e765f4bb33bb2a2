import { KinitError } from '../errors.ts';

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

/** Path of the lock in a bundle. */
export const lockPath = 'kinit-bundle.json';

/** Folders of a bundle. */
export const rpmFolder = 'rpms';
export const imageFolder = 'images';

/** The lock as it is written. */
export function lockText(lock: BundleLock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/**
 * Reads a lock. Everything in it that becomes a path, an argument or a name on a host is checked here. Throws KinitError
 * (exit 3) where it is not a lock of ours, or one of a later kinit.
 */
export function parseLock(text: string, place: string): BundleLock {
  const lock = jsonOf(text) as Partial<BundleLock> | undefined;
  const wrong = (what: string): never => {
    throw new KinitError(`${place}: not a kinit bundle: ${what}`, {
      exitCode: 3,
      hint: 'make one with kinit bundle create',
    });
  };
  if (lock?.kind !== 'Bundle' || !String(lock.apiVersion).startsWith('kinit.dev/'))
    return wrong(`${lockPath} is no lock file`);
  if (lock.apiVersion !== 'kinit.dev/v1alpha1') {
    throw new KinitError(`${place}: a bundle of ${String(lock.apiVersion)}, made by another version of kinit`, {
      exitCode: 3,
      hint: 'use the kinit that made it, or make it again',
    });
  }
  const { distribution, files, images, packages } = lock;
  const lists = [files, images, packages].every(Array.isArray);
  if (!lists || !says(lock.kubernetesVersion, /^v\d+\.\d+\.\d+[\w.+-]*$/)) return wrong('its lock file is incomplete');
  const known = new Set(files?.map(({ path }) => path));
  const bad =
    files?.find(
      ({ path, size, sha256 }) =>
        !says(path, bundlePath) || !Number.isSafeInteger(size) || size < 0 || !says(sha256, /^[0-9a-f]{64}$/),
    )?.path ??
    images?.find(({ name, file }) => !says(name, imageName) || !known.has(file))?.name ??
    packages?.find((name) => !says(name, /^[A-Za-z0-9][\w.+~:*-]*$/)) ??
    (known.size === files?.length ? undefined : 'the same path twice');
  if (bad !== undefined) return wrong(`its lock file has an entry that cannot be: ${JSON.stringify(bad)}`);
  if (
    distribution &&
    ![distribution.id, distribution.version, distribution.architecture].every((word) => says(word, /^[\w.-]*$/))
  ) {
    return wrong('its distribution cannot be');
  }
  return lock as BundleLock;
}

/** Two or three folders deep, no dots in front: nothing that leads out of the bundle's folder. */
const bundlePath = /^(?:rpms|images)(?:\/repodata)?\/[A-Za-z0-9][\w.+~^-]*$/;
const imageName = /^[a-z0-9][\w.:@/-]*$/;

function says(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
