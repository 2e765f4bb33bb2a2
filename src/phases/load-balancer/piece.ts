import { createHash } from 'node:crypto';
import type { Change } from '../../execute/change.ts';
import type { Observed, Reads } from '../../execute/observed.ts';
import {
  balancersDirectory,
  type HaproxySettings,
  haproxyCaFile,
  haproxyCommand,
  haproxyConfiguration,
  haproxyDirectory,
  haproxyFile,
  haproxyName,
  haproxyPod,
} from '../../manifests/haproxy.ts';
import {
  keepalivedCheckFile,
  keepalivedDirectory,
  keepalivedFile,
  keepalivedName,
} from '../../manifests/keepalived.ts';
import { kubeVipName } from '../../manifests/kube-vip.ts';
import type { StaticPod } from '../../manifests/static-pod.ts';
import { staticPodFile } from '../../release/paths.ts';
import { toYaml } from '../../yaml.ts';

/** A program before the API servers: a static pod, and the files that it reads. */
export interface Piece {
  readonly name: string;
  /** None: it reads nothing of kinit's. */
  readonly directory?: string;
  readonly files: readonly { readonly path: string; readonly content: string; readonly mode: number }[];
  readonly pod: StaticPod;
  /** By which a program that runs takes changed files up. */
  readonly reload?: { readonly signal: 'USR2' | 'HUP'; readonly command: readonly string[] };
}

/**
 * haproxy with its configuration, and the CA by which it knows the API servers: a copy of its own, or where a control plane
 * has it.
 */
export function haproxyPiece(settings: HaproxySettings, image: string, caPem?: string): Piece {
  return {
    name: haproxyName,
    directory: haproxyDirectory,
    files: [
      ...(caPem === undefined ? [] : [{ path: haproxyCaFile, content: caPem, mode: 0o644 }]),
      { path: haproxyFile, content: haproxyConfiguration(settings), mode: 0o644 },
    ],
    pod: haproxyPod(image, settings.caFile),
    reload: { signal: 'USR2', command: haproxyCommand },
  };
}

/** Every piece that there is, to be looked at and, where it is not wanted any more, to be taken away. */
const all = [
  { name: haproxyName, directory: haproxyDirectory, files: [haproxyCaFile, haproxyFile] },
  { name: keepalivedName, directory: keepalivedDirectory, files: [keepalivedFile, keepalivedCheckFile] },
  { name: kubeVipName, directory: undefined, files: [] },
] as const;

/** What has to be seen of a node before its pieces are decided. */
export const pieceReads: Reads = {
  files: all.flatMap(({ name, directory, files }) => [
    staticPodFile(name),
    ...files,
    ...(directory === undefined ? [] : [takenUp(directory)]),
  ]),
  paths: [balancersDirectory, ...all.flatMap(({ directory }) => directory ?? [])],
};

/** The changes after which these pieces run on the node, and no other ones. */
export function piecesWanted(pieces: readonly Piece[], observed: Observed): readonly Change[] {
  const wanted = new Set(pieces.map(({ name }) => name));
  const others = all.filter(({ name }) => !wanted.has(name));
  return [
    ...others.flatMap(({ name, directory }): readonly Change[] => [
      { kind: 'absent', path: staticPodFile(name), says: `[load-balancer] Taking ${name} away` },
      ...(directory === undefined ? [] : [{ kind: 'absent', path: directory } as const]),
    ]),
    ...pieces.flatMap((piece) => changesFor(piece, observed)),
  ];
}

/**
 * The files before the pod that reads them. Where the pod is there already its program takes them up by itself when it is
 * told to, and what it has taken up is written down afterwards, so that a run which is killed between is finished.
 */
function changesFor({ name, directory, files, pod, reload }: Piece, observed: Observed): readonly Change[] {
  const manifest = staticPodFile(name);
  const content = toYaml(pod);
  const isAt = (path: string, text: string) => observed.files.get(path)?.content?.toString('utf8') === text;
  const runs = isAt(manifest, content);
  const state = `${digestOf(files.map((file) => file.content))}\n`;
  const isTakenUp =
    directory !== undefined && isAt(takenUp(directory), state) && files.every((file) => isAt(file.path, file.content));
  return [
    ...(directory === undefined
      ? []
      : [
          { kind: 'directory', path: balancersDirectory, mode: 0o755 } as const,
          { kind: 'directory', path: directory, mode: 0o755 } as const,
        ]),
    ...files.map((file): Change => ({ kind: 'file', ...file, says: `[load-balancer] Writing ${file.path}` })),
    {
      kind: 'file',
      path: manifest,
      content,
      mode: 0o600,
      says: `[load-balancer] Creating static Pod manifest for "${name}"`,
    },
    ...(reload === undefined || !runs || isTakenUp ? [] : [reloading(name, reload)]),
    ...(directory === undefined
      ? []
      : [{ kind: 'file', path: takenUp(directory), content: state, mode: 0o644 } as const]),
  ];
}

/**
 * The oldest process with that program and file is the one that others are started by; haproxy puts words between them when
 * it has been told before. One that does not run yet reads the files anyway.
 */
function reloading(name: string, { signal, command }: NonNullable<Piece['reload']>): Change {
  const pattern = `^${command[0]} .*${command.at(-1)?.replaceAll('.', '\\.')}`;
  return {
    kind: 'command',
    argv: ['sh', '-c', 'pkill "-$1" -o -f "$2" || :', 'kinit', signal, pattern],
    says: `[load-balancer] ${name} takes its new configuration up`,
    what: `making ${name} take its new configuration up`,
  };
}

/** haproxy takes another CA up without a connection being lost. */
export const haproxyReload: Change = reloading(haproxyName, { signal: 'USR2', command: haproxyCommand });

/** What the program has read. */
function takenUp(directory: string): string {
  return `${directory}/taken-up`;
}

function digestOf(contents: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(contents)).digest('hex');
}
