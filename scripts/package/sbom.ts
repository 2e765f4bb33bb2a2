import { createHash } from 'node:crypto';
import { type Architecture, nodeVersion } from './architectures.ts';
import { root } from './released.ts';
import { tool } from './tool.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly licenses?: readonly { readonly expression?: string; readonly license?: { readonly id: string } }[];
}

/** As much of a CycloneDX document as matters here. */
export interface Sbom {
  readonly serialNumber?: string;
  readonly metadata: {
    readonly timestamp?: string;
    readonly component: Component & { readonly name: string };
  };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** What npm knows of the libraries that run, by package-lock.json alone. */
export function npmSbom(): Sbom {
  const flags = ['--package-lock-only', '--omit', 'dev', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  return JSON.parse(tool('npm', ['sbom', ...flags], { cwd: root })) as Sbom;
}

/** npm's list with the Nodes that are in the executables; of the same things it is the same, whenever it is made. */
export function sbomOf(npm: Sbom, architectures: readonly Architecture[], epoch: number): Sbom {
  const nodes = architectures.map(({ node }) => ({
    'bom-ref': `${node.package}@${nodeVersion}`,
    type: 'platform',
    name: node.package,
    version: nodeVersion,
    purl: `pkg:npm/${node.package}@${nodeVersion}`,
    description: 'Node.js, inside the executable',
    licenses: [{ license: { id: 'MIT' } }],
    hashes: [
      { alg: 'SHA-512', content: Buffer.from(node.integrity.slice('sha512-'.length), 'base64').toString('hex') },
    ],
  }));
  const own = npm.metadata.component['bom-ref'];
  const references = nodes.map((node) => node['bom-ref']);
  const dependencies = [
    ...npm.dependencies.map((each) =>
      each.ref === own ? { ...each, dependsOn: [...each.dependsOn, ...references] } : each,
    ),
    ...references.map((ref) => ({ ref, dependsOn: [] })),
  ];
  // npm calls what it looks at by the name of the folder.
  const component = { ...npm.metadata.component, name: 'kinit' };
  const timestamp = new Date(epoch * 1000).toISOString();
  const { serialNumber: _, ...rest } = npm;
  const sbom = {
    ...rest,
    metadata: { ...npm.metadata, timestamp, component },
    components: [...npm.components, ...nodes],
    dependencies,
  };
  return { ...sbom, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(sbom))}` };
}

/** The licences of all that is in it, as one SPDX expression. */
export function licenseOf({ metadata, components }: Sbom): string {
  const licenses = [metadata.component, ...components].flatMap(({ licenses = [] }) =>
    licenses.map(({ expression, license }) => expression ?? license?.id ?? ''),
  );
  return [...new Set(licenses)].sort().join(' AND ');
}

/** RFC 9562, 5.8: what is in it, and the bits that say so. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
