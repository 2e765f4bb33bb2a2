import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { repodata } from '../../../src/bundle/repodata.ts';
import { parseRpms } from '../../../src/bundle/rpm-query.ts';

const told = [
  'package\tcontainerd.io-1.6.20-3.1.el9.x86_64.rpm\tcontainerd.io\t(none)\t1.6.20\t3.1.el9\tx86_64\t1795230696\t91713428\tAn <industry> standard',
  'PROVIDE\tcontainerd\t0\t',
  'PROVIDE\tcontainerd.io\t8\t1.6.20-3.1.el9',
  'REQUIRE\t/bin/sh\t1280\t',
  'REQUIRE\t/bin/sh\t2304\t',
  'REQUIRE\tcontainer-selinux\t12\t2:2.74',
  'REQUIRE\trpmlib(FileDigests)\t16777226\t4.6.0-1',
  'REQUIRE\t(a if b)\t0\t',
  'CONFLICT\tdocker-engine\t2\t18.0',
  'OBSOLETE\t(none)\t0\t',
  'FILE\t16877\t/opt/cni & co',
  'FILE\t33261\t/usr/bin/containerd',
  'package\tcontainer-selinux-2.232.1-1.noarch.rpm\tcontainer-selinux\t2\t2.232.1\t1\tnoarch\t1795230698\t0\tIn name only',
  'PROVIDE\tcontainer-selinux\t8\t2:2.232.1-1',
  '',
].join('\n');

const packages = parseRpms(told).map((rpm, index) => ({
  ...rpm,
  size: 1000 + index,
  sha256: String(index).repeat(64),
}));
const metadata = repodata(packages, 1795230698);
const text = (name: string) => gunzipSync(metadata.get(`repodata/${name}.xml.gz`)!).toString();

describe("rpm's answer", () => {
  it('tells every package with its relations and files', () => {
    expect(packages.map(({ file, name, epoch }) => [file, name, epoch])).toEqual([
      ['containerd.io-1.6.20-3.1.el9.x86_64.rpm', 'containerd.io', ''],
      ['container-selinux-2.232.1-1.noarch.rpm', 'container-selinux', '2'],
    ]);
    expect(packages[0]).toMatchObject({ version: '1.6.20', release: '3.1.el9', built: '1795230696', obsoletes: [] });
    expect(packages[0]?.files).toEqual([
      { path: '/opt/cni & co', directory: true },
      { path: '/usr/bin/containerd', directory: false },
    ]);
  });

  it('of nothing is no package', () => expect(parseRpms('')).toEqual([]));
});

describe('the metadata of a repository', () => {
  it('names its parts with their digests, packed and unpacked', () => {
    const index = metadata.get('repodata/repomd.xml')!.toString();
    for (const name of ['primary', 'filelists']) {
      const packed = metadata.get(`repodata/${name}.xml.gz`)!;
      expect(index).toContain(
        `<checksum type="sha256">${createHash('sha256').update(packed).digest('hex')}</checksum>`,
      );
      expect(index).toContain(
        `<open-checksum type="sha256">${createHash('sha256').update(text(name)).digest('hex')}</open-checksum>`,
      );
      expect(index).toContain(`<size>${packed.length}</size><open-size>${text(name).length}</open-size>`);
    }
  });

  it('says where a package lies, which one it is and how it is checked', () => {
    expect(text('primary')).toContain('<version epoch="0" ver="1.6.20" rel="3.1.el9"/>');
    expect(text('primary')).toContain('<version epoch="2" ver="2.232.1" rel="1"/>');
    expect(text('primary')).toContain(`<checksum type="sha256" pkgid="YES">${'0'.repeat(64)}</checksum>`);
    expect(text('primary')).toContain('<location href="containerd.io-1.6.20-3.1.el9.x86_64.rpm"/>');
    expect(text('primary')).toContain('<size package="1000" installed="91713428" archive="0"/>');
  });

  it.each([
    ['a name alone, once', '<rpm:requires>\n<rpm:entry name="/bin/sh"/>\n'],
    ['at least a version with its epoch', '<rpm:entry name="container-selinux" flags="GE" epoch="2" ver="2.74"/>'],
    ['less than a version', '<rpm:entry name="docker-engine" flags="LT" epoch="0" ver="18.0"/>'],
    [
      'exactly a version and release',
      '<rpm:entry name="containerd.io" flags="EQ" epoch="0" ver="1.6.20" rel="3.1.el9"/>',
    ],
    ['a condition', '<rpm:entry name="(a if b)"/>'],
  ])('asks for %s', (_, xml) => {
    expect(text('primary')).toContain(xml);
  });

  it('does not speak of what rpm itself can do', () => {
    expect(text('primary')).not.toContain('rpmlib');
    expect(text('primary')).not.toContain('obsoletes');
  });

  it('is well formed whatever a package says of itself', () => {
    expect(text('primary')).toContain('An &lt;industry&gt; standard');
    expect(text('filelists')).toContain('<file type="dir">/opt/cni &amp; co</file>\n<file>/usr/bin/containerd</file>');
  });

  it('is the same for the same packages', () => {
    expect(repodata(packages, 1795230698)).toEqual(metadata);
  });
});
