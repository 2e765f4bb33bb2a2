import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { RpmPackage, RpmRelation } from './rpm-query.ts';

/** An RPM of a repository with its file's size and digest. */
export interface RepositoryPackage extends RpmPackage {
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/**
 * The metadata that makes a folder of RPMs a repository for yum and dnf, as createrepo writes it: primary and filelists
 * with their index. Path below the folder -> content. The same packages give the same bytes.
 */
export function repodata(packages: readonly RepositoryPackage[], revision: number): ReadonlyMap<string, Buffer> {
  const documents = { primary: primaryXml(packages), filelists: filelistsXml(packages) };
  const files = new Map(
    Object.entries(documents).map(([type, text]) => [`repodata/${type}.xml.gz`, gzipSync(text, { level: 9 })]),
  );
  const entries = Object.entries(documents).map(([type, text]) => {
    const path = `repodata/${type}.xml.gz`;
    const packed = files.get(path) ?? Buffer.alloc(0);
    return `<data type="${type}"><checksum type="sha256">${sha256(packed)}</checksum><open-checksum type="sha256">${sha256(text)}</open-checksum><location href="${path}"/><timestamp>${revision}</timestamp><size>${packed.length}</size><open-size>${Buffer.byteLength(text)}</open-size></data>`;
  });
  const index = `${declaration}<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">
<revision>${revision}</revision>
${entries.join('\n')}
</repomd>
`;
  return new Map([...files, ['repodata/repomd.xml', Buffer.from(index)]]);
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

function primaryXml(packages: readonly RepositoryPackage[]): string {
  return `${declaration}<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="${packages.length}">
${packages.map(primaryEntry).join('\n')}
</metadata>
`;
}

/** Every file stands in it, so that nothing has to be looked up in the file lists. */
function primaryEntry(rpm: RepositoryPackage): string {
  return `<package type="rpm">
<name>${escaped(rpm.name)}</name>
<arch>${escaped(rpm.architecture)}</arch>
${versionXml(rpm)}
<checksum type="sha256" pkgid="YES">${rpm.sha256}</checksum>
<summary>${escaped(rpm.summary)}</summary>
<description/>
<packager/>
<url/>
<time file="${escaped(rpm.built)}" build="${escaped(rpm.built)}"/>
<size package="${rpm.size}" installed="${escaped(rpm.installed)}" archive="0"/>
<location href="${escaped(rpm.file)}"/>
<format>
<rpm:license/>
<rpm:vendor/>
<rpm:group/>
<rpm:buildhost/>
<rpm:sourcerpm/>
<rpm:header-range start="0" end="0"/>
${relations('provides', rpm.provides)}${relations('requires', rpm.requires)}${relations('conflicts', rpm.conflicts)}${relations('obsoletes', rpm.obsoletes)}${filesXml(rpm)}
</format>
</package>`;
}

function filelistsXml(packages: readonly RepositoryPackage[]): string {
  const entries = packages.map(
    (rpm) =>
      `<package pkgid="${rpm.sha256}" name="${escaped(rpm.name)}" arch="${escaped(rpm.architecture)}">\n${versionXml(rpm)}\n${filesXml(rpm)}\n</package>`,
  );
  return `${declaration}<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="${packages.length}">
${entries.join('\n')}
</filelists>
`;
}

function versionXml({ epoch, version, release }: RpmPackage): string {
  return `<version epoch="${escaped(epoch || '0')}" ver="${escaped(version)}" rel="${escaped(release)}"/>`;
}

function filesXml({ files }: RpmPackage): string {
  return files
    .map(({ path, directory }) => `<file${directory ? ' type="dir"' : ''}>${escaped(path)}</file>`)
    .join('\n');
}

/** What rpm itself can do (`rpmlib(...)`) is no matter of a repository. */
function relations(kind: string, all: readonly RpmRelation[]): string {
  const entries = new Set(all.filter(({ name }) => !name.startsWith('rpmlib(')).map(relation));
  return entries.size === 0 ? '' : `<rpm:${kind}>\n${[...entries].join('\n')}\n</rpm:${kind}>\n`;
}

function relation({ name, flags, version }: RpmRelation): string {
  const comparison = comparisons[flags & 0b1110];
  if (comparison === undefined || version === '') return `<rpm:entry name="${escaped(name)}"/>`;
  const [, epoch = '0', wanted = '', release] = /^(?:(\d+):)?([^-]*)(?:-(.*))?$/.exec(version) ?? [];
  const rel = release === undefined ? '' : ` rel="${escaped(release)}"`;
  return `<rpm:entry name="${escaped(name)}" flags="${comparison}" epoch="${epoch}" ver="${escaped(wanted)}"${rel}/>`;
}

/** RPMSENSE_LESS, RPMSENSE_GREATER and RPMSENSE_EQUAL of rpmds.h. */
const comparisons: Readonly<Record<number, string>> = { 2: 'LT', 4: 'GT', 8: 'EQ', 10: 'LE', 12: 'GE' };

function escaped(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no way to write them
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
  );
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
