import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { KinitError } from '../../src/errors.ts';
import { type Architecture, nodeVersion } from './architectures.ts';
import { tool } from './tool.ts';

/** A Node that an executable can be made of. */
export interface NodeProgram {
  readonly program: string;
  readonly license: string;
}

/** Fetches Node from the npm registry (or npm's cache) into a folder. Throws where it is not the one of the table. */
export function fetchNode({ name, node }: Architecture, scratch: string): NodeProgram {
  const folder = join(scratch, `node-${name}`);
  mkdirSync(folder, { recursive: true });
  const packed = tool('npm', ['pack', '--loglevel=error', '--prefer-offline', `${node.package}@${nodeVersion}`], {
    cwd: folder,
  }).trim();
  const archive = join(folder, packed);
  const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (integrity !== node.integrity) {
    throw new KinitError(
      `${node.package} ${nodeVersion} is not what it was: ${integrity} instead of ${node.integrity}`,
      {
        hint: 'do not use it before you know why; scripts/package/architectures.ts has the digests',
      },
    );
  }
  tool('tar', ['-xzf', archive, '-C', folder, 'package/bin/node', 'package/LICENSE']);
  rmSync(archive);
  return { program: join(folder, 'package', 'bin', 'node'), license: join(folder, 'package', 'LICENSE') };
}
