import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './released.ts';
import { tool } from './tool.ts';

/** As much of package-lock.json as matters here. */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly [field: string]: unknown;
  readonly dev?: boolean;
  readonly devDependencies?: object;
}

/** The lock that goes with the package: exactly the libraries that it was tested with, and none that only its makers need. */
export function shrinkwrapOf(lock: LockFile): LockFile {
  const packages = Object.entries(lock.packages)
    .filter(([, { dev }]) => dev !== true)
    .map(([path, { devDependencies: _, ...rest }]) => [path, rest] as const);
  return { ...lock, packages: Object.fromEntries(packages) };
}

/** Packs what `npm publish` would, with its npm-shrinkwrap.json, into a folder; returns its name. It must be built. */
export function makeNpmPackage(folder: string, scratch: string): string {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly files: readonly string[];
  };
  for (const path of manifest.files) cpSync(join(root, path), join(scratch, path), { recursive: true });
  // Since npm 11 it goes into the package only when it is named.
  const files = [...manifest.files, 'npm-shrinkwrap.json'];
  writeFileSync(join(scratch, 'package.json'), `${JSON.stringify({ ...manifest, files }, null, 2)}\n`);
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;
  writeFileSync(join(scratch, 'npm-shrinkwrap.json'), `${JSON.stringify(shrinkwrapOf(lock), null, 2)}\n`);
  const name = tool('npm', ['pack', '--silent', '--ignore-scripts'], { cwd: scratch }).trim();
  renameSync(join(scratch, name), join(folder, name));
  rmSync(scratch, { recursive: true });
  return name;
}
