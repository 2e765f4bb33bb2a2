import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { manifestObjects } from '../../manifests/user-manifests.ts';
import type { NetworkChoice } from '../../workflows/node/pod-network.ts';
import { parseYaml } from '../../yaml.ts';
import type { Io } from '../io.ts';

export interface NetworkWish {
  /** `flannel`, `none`, or a file or directory with manifests. */
  readonly wish: string | undefined;
  /** Where the wish stands: a flag or a place in the file. */
  readonly place: string;
  readonly imageRepository?: string | undefined;
}

/** The pod network that is wished for, with the user's manifests read. Throws InputError. */
export async function networkChoice(
  { wish = 'none', place, imageRepository }: NetworkWish,
  io: Io,
): Promise<NetworkChoice> {
  if (wish === 'none') return { kind: 'none' };
  if (wish === 'flannel') return { kind: 'flannel', imageRepository, place };
  if (/^https?:/.test(wish)) {
    throw new InputError([{ place, message: `${wish} is not fetched` }], `read it first: curl -fLO ${wish}`);
  }
  const files = await manifestFiles(resolve(io.cwd, wish), place, wish);
  const { onUserFile } = await import('../../host/user-files.ts');
  const texts = await Promise.all(
    files.map(async (file) => [file, await onUserFile('read', file, () => readFile(file, 'utf8'))] as const),
  );
  const objects = manifestObjects(texts.flatMap(([file, text]) => parseYaml(text, file)));
  if (objects.length === 0) throw new InputError([{ place, message: `${wish} holds no Kubernetes object` }]);
  return { kind: 'manifests', name: wish, objects };
}

async function manifestFiles(path: string, place: string, wish: string): Promise<readonly string[]> {
  const kind = await stat(path).catch(() => undefined);
  if (kind === undefined) {
    throw new InputError(
      [{ place, message: `"${wish}" is neither flannel nor none nor a file` }],
      'give flannel, none, or a file or directory with manifests',
    );
  }
  if (!kind.isDirectory()) return [path];
  const { onUserFile } = await import('../../host/user-files.ts');
  const there = await onUserFile('read', path, () => readdir(path));
  const names = there.filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
  return names.map((name) => join(path, name));
}
