import { posix } from 'node:path';
import { KinitError } from '../../errors.ts';
import { journalFolder } from '../../execute/record-paths.ts';
import { parseJson } from '../../json.ts';
import type { KubeObject, ObjectRef } from '../../kube/client.ts';
import {
  kubeletConfigFile,
  kubeletFlagsFile,
  kubeletInstanceConfigFile,
  staticPodFile,
  staticPodNames,
} from '../../release/paths.ts';

/** How a node was before the hop of an upgrade that it is in, or that was its last: enough to take it back. */
export interface WayBack {
  /** The version of the hop. */
  readonly to: string;
  /** Of its API server before; null on a worker. */
  readonly apiServer: string | null;
  /** Of its kubelet before; null where it did not tell, and once it is back. */
  readonly kubelet: string | null;
  /** Where etcd's data of before were kept, as an operator names it. */
  readonly snapshot: string | null;
  /** `at` is the copy on the host; null: there was no such file. */
  readonly files: readonly { readonly path: string; readonly at: string | null }[];
  /** What the cluster kept of itself, on the control plane that led. */
  readonly cluster?: KeptCluster;
}

/** Objects that an upgrade rewrites, and the marks of control planes, as they were before. */
export interface KeptCluster {
  readonly objects: readonly KubeObject[];
  /** What there was none of, and the hop makes. */
  readonly missing: readonly ObjectRef[];
  readonly marks: readonly KeptMarks[];
}

export interface KeptMarks {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
}

/** The record of a node, for root alone; the journal's folder goes with `reset`. */
export const wayBackRecord = `${journalFolder}/way-back.json`;
/** What the records of all hops have copied. */
export const wayBackFolder = `${journalFolder}/way-back`;

/** Where a hop's copies lie. */
export function wayBackCopies(to: string): string {
  return `${wayBackFolder}/${to}`;
}

/** kubelet.conf is not among them: only its server may change, to the node's own API server, which older kubelets ask as well. */
export const kubeletFiles: readonly string[] = [kubeletConfigFile, kubeletFlagsFile, kubeletInstanceConfigFile];

/** Every file that an upgrade may rewrite and that a way back brings back; certificates that it renewed stay. */
export const wayBackFiles: readonly string[] = [...staticPodNames.map((name) => staticPodFile(name)), ...kubeletFiles];

/** A record as it is written. */
export function wayBackText(record: WayBack): string {
  return `${JSON.stringify({ version: 1, ...record }, null, 1)}\n`;
}

/** A record; undefined where there is none. Throws KinitError where it is damaged. */
export function parseWayBack(text: string | undefined): WayBack | undefined {
  if (text === undefined) return undefined;
  try {
    const value = parseJson(text);
    if (isWayBack(value)) return value;
  } catch {
    // told below
  }
  throw new KinitError(`${wayBackRecord} is damaged, so the way back of this node is not known`, {
    hint: `its copies are in ${wayBackFolder}; remove the file to go on without it`,
  });
}

function isWayBack(value: unknown): value is WayBack {
  if (!isRecord(value) || typeof value['to'] !== 'string' || !Array.isArray(value['files'])) return false;
  const hasTexts = ['apiServer', 'kubelet', 'snapshot'].every((name) => isTextOrNull(value[name]));
  const { files, cluster } = value as unknown as WayBack;
  // Only what an upgrade writes, from where it keeps it: the record leads nowhere else.
  const areOwn = files.every(
    ({ path, at }) =>
      wayBackFiles.includes(path) &&
      (at === null || (typeof at === 'string' && at.startsWith(`${wayBackFolder}/`) && posix.normalize(at) === at)),
  );
  return hasTexts && areOwn && (cluster === undefined || isCluster(cluster));
}

function isCluster({ objects, missing, marks }: KeptCluster): boolean {
  return [objects, missing, marks].every((list) => Array.isArray(list) && list.every(isRecord));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}
