import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import type { LabHost } from '../../lab/host.ts';
import { must } from '../../lab/process.ts';
import { on } from '../kit.ts';
import { certificateFacts } from './certificate-facts.ts';
import { type ApiObject, comparableKubeconfig, comparableObject } from './comparable.ts';
import { randomEnvironment } from './configuration.ts';

/** What a tool has made for one configuration, by the name that both tools give it, in a form that can be compared. */
export type Rendering = ReadonlyMap<string, unknown>;

interface Source {
  /** A folder on the host. */
  readonly folder: string;
  readonly certificatesDir: string;
  /** Milliseconds since the epoch when it was made: tokens expire relative to it. */
  readonly made: number;
}

/** What kinit's `--output-dir` holds. */
export async function kinitRendering(host: LabHost, { folder, certificatesDir, made }: Source): Promise<Rendering> {
  const files = await filesBelow(host, folder);
  const all = loadAll(files.get('api-objects.yaml') ?? '') as ApiObject[];
  const objects = all.filter(({ kind }) => kind !== 'Node');
  return new Map([
    ...[...files].flatMap(([path, text]) => comparableFile(nameOf(path, certificatesDir.slice(1)), text)),
    ...objects.map((object) => comparableObject(object, made)),
  ]);
}

/** What kubeadm's dry run left in its folder, where everything lies side by side, and what it said that it would create. */
export async function kubeadmRendering(host: LabHost, { folder, made }: Source, stdout: string): Promise<Rendering> {
  const files = await filesBelow(host, folder);
  return new Map([
    ...[...files].flatMap(([path, text]) => comparableFile(path.replace(/^tmp\/kubeadm-init-dryrun\d+\//, ''), text)),
    ...dryRunObjects(stdout).map((object) => comparableObject(object, made)),
  ]);
}

/** A file's path below DIR as kubeadm's dry run names it. */
function nameOf(path: string, certificatesDir: string): string {
  return path.startsWith(`${certificatesDir}/`) ? path.slice(certificatesDir.length + 1) : basename(path);
}

function comparableFile(name: string, text: string): readonly (readonly [string, unknown])[] {
  if (name.endsWith('.crt')) return [[name, certificateFacts(text)]];
  if (name.endsWith('.env')) return [[name, text.split(/ (?=--)/)]];
  if (/^(admin|super-admin|kubelet|controller-manager|scheduler)\.conf$/.test(name)) {
    return [[name, comparableKubeconfig(load(text) as object)]];
  }
  return name.endsWith('.yaml') && name !== 'api-objects.yaml' ? [[name, comparableManifest(load(text))]] : [];
}

function comparableManifest(manifest: unknown): unknown {
  const containers = (manifest as Partial<Pod> | null)?.spec?.containers ?? [];
  if (randomEnvironment) for (const { env } of containers) env?.sort((a, b) => (a.name < b.name ? -1 : 1));
  return manifest;
}

interface Pod {
  readonly spec: { readonly containers?: readonly { readonly env?: { readonly name: string }[] }[] };
}

/** Every object that kubeadm's dry run names, but for Nodes, which it only pretends to see. */
function dryRunObjects(stdout: string): ApiObject[] {
  const action =
    /\[dryrun\] Would perform action (?:CREATE|UPDATE|PATCH) on resource "([^"]+)"[^\n]*\n(?:\[dryrun\][^\n]*\n)*?\[dryrun\] Attached (?:object|patch):\n((?:[^[\n][^\n]*\n|\n(?=[\t ]))*)/g;
  return [...stdout.matchAll(action)]
    .filter(([, resource]) => resource !== 'nodes')
    .map(([, , text = '']) => load(text.replace(/^\t/gm, '')) as ApiObject);
}

async function filesBelow(host: LabHost, folder: string): Promise<ReadonlyMap<string, string>> {
  const archive = await on(host, 'sh', '-c', 'tar -C "$1" -c . | base64', 'sh', folder);
  const here = mkdtempSync(join(tmpdir(), 'kinit-parity-'));
  try {
    await must(['tar', '-C', here, '-x'], { stdin: Buffer.from(archive, 'base64') });
    const paths = readdirSync(here, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return new Map(
      paths.map(({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(here.length + 1), readFileSync(path, 'utf8')];
      }),
    );
  } finally {
    rmSync(here, { recursive: true, force: true });
  }
}
