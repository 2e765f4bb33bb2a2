import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNpmPackage } from '../../scripts/package/npm-package.ts';
import { tool } from '../../scripts/package/tool.ts';

let folder: string;
let tarball: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-npm-'));
  tarball = join(folder, makeNpmPackage(folder, join(folder, 'scratch')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the npm package, of what `npm run build` has made', () => {
  it('has the program, its templates and the lock that goes with it, and no sources', () => {
    const paths = tool('tar', ['-tzf', tarball]).split('\n');
    for (const path of ['bin/kinit.js', 'bin/package.json', 'dist/kinit.cjs', 'npm-shrinkwrap.json', 'LICENSE'])
      expect(paths).toContain(`package/${path}`);
    expect(paths.filter((path) => /^package\/(?:src|test|scripts|node_modules)\//.test(path))).toEqual([]);
    expect(paths).toContain('package/templates/flannel/flannel.yaml');
  });

  it('runs from where it is unpacked, and its lock has what it depends on and nothing else', () => {
    tool('tar', ['-xzf', tarball, '-C', folder]);
    const read = (name: string) => JSON.parse(readFileSync(join(folder, 'package', name), 'utf8'));
    expect(tool(process.execPath, [join(folder, 'package/bin/kinit.js'), 'version', '-o', 'short'])).toBe(
      `v${read('package.json').version}\n`,
    );
    const { packages } = read('npm-shrinkwrap.json');
    for (const name of Object.keys(read('package.json').dependencies))
      expect(packages[`node_modules/${name}`].integrity, name).toMatch(/^sha512-/);
    expect(packages['node_modules/vitest']).toBeUndefined();
  });

  it('is the same to the last byte each time', () => {
    const again = join(folder, 'again');
    mkdirSync(again);
    const name = makeNpmPackage(again, join(folder, 'scratch-again'));
    expect(readFileSync(join(again, name)).equals(readFileSync(tarball))).toBe(true);
  });
});
