import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { KinitError } from '../../src/errors.ts';
import { type Architecture, architectures } from './architectures.ts';
import { checksums } from './checksums.ts';
import { type Contents, executableContents, makeExecutable } from './executable.ts';
import { fetchNode, type NodeProgram } from './node-program.ts';
import { makeNpmPackage } from './npm-package.ts';
import { type Released, released, root } from './released.ts';
import { checkRpm, makeRpm } from './rpm.ts';
import { rpmFiles, rpmWords } from './rpm-files.ts';
import { licenseOf, npmSbom, type Sbom, sbomOf } from './sbom.ts';
import { tool } from './tool.ts';

/** Makes everything into a folder, in whose place it comes only when all of it is there; `say` hears of each file. */
export async function make(
  folder: string,
  wanted: readonly Architecture[],
  say: (line: string) => void,
): Promise<void> {
  const out = `${folder}-in-the-making`;
  rmSync(out, { recursive: true, force: true });
  try {
    await makeAll(out, wanted, say);
    rmSync(folder, { recursive: true, force: true });
    renameSync(out, folder);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function makeAll(out: string, wanted: readonly Architecture[], say: (line: string) => void): Promise<void> {
  const what = released(process.env);
  const scratch = join(out, 'work');
  mkdirSync(scratch, { recursive: true });
  const done = (name: string) => {
    say(`${name}  ${Math.ceil(statSync(join(out, name)).size / 1000)} kB`);
    return name;
  };
  const own = ownArchitecture();
  const nodes = new Map([...new Set([own, ...wanted])].map((each) => [each, fetchNode(each, scratch)]));
  const nodeOf = (architecture: Architecture) => nodes.get(architecture) as NodeProgram;
  tool('npm', ['run', '--silent', 'build'], { cwd: root });
  const sbom = sbomOf(npmSbom(), wanted, what.epoch);
  const made = [done(makeNpmPackage(out, join(scratch, 'npm'))), done(writeSbom(sbom, out, what))];
  const contents = await executableContents(join(scratch, 'contents'));
  const common = { runs: nodeOf(own), contents, sbom, what, out, say, scratch: join(scratch, 'made') };
  for (const architecture of wanted) {
    const names = await makeFor({ ...common, architecture, node: nodeOf(architecture) });
    made.push(...names.map(done));
  }
  rmSync(scratch, { recursive: true });
  writeFileSync(join(out, 'SHA256SUMS'), checksums(out, made));
  done('SHA256SUMS');
}

interface Making {
  readonly architecture: Architecture;
  readonly node: NodeProgram;
  readonly runs: NodeProgram;
  readonly contents: Contents;
  readonly sbom: Sbom;
  readonly what: Released;
  readonly out: string;
  readonly scratch: string;
  readonly say: (line: string) => void;
}

/** The executable and the RPM of one architecture. */
async function makeFor(making: Making): Promise<readonly string[]> {
  const { architecture, node, runs, contents, sbom, what, out, scratch, say } = making;
  const executable = `kinit-${what.version}-linux-${architecture.name}`;
  makeExecutable(join(out, executable), { contents, node: node.program, runs: runs.program, scratch });
  const licenses = { libraries: contents.licenses, node: readFileSync(node.license, 'utf8') };
  const files = await rpmFiles(join(out, executable), licenses, what);
  const wish = { ...what, ...rpmWords, license: licenseOf(sbom), architecture: architecture.rpm, files };
  const rpm = makeRpm(wish, out, scratch);
  if (!checkRpm(join(out, rpm))) say(`${rpm} was not looked at by rpmlint, which is not on this machine`);
  return [executable, rpm];
}

function writeSbom(sbom: Sbom, out: string, { version }: Released): string {
  const name = `kinit-${version}.cdx.json`;
  writeFileSync(join(out, name), `${JSON.stringify(sbom, null, 2)}\n`);
  return name;
}

function ownArchitecture(): Architecture {
  const own = architectures.find(({ name }) => name === arch());
  if (own === undefined)
    throw new KinitError(`kinit is packaged on ${architectures.map(({ name }) => name).join(' or ')}`);
  return own;
}
