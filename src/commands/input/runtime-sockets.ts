import { stat } from 'node:fs/promises';
import type { CriSockets } from '../../release/config-api.ts';

/**
 * The sockets of container runtimes on this machine, of those that kubeadm looks for (its DetectCRISocket). None where the
 * fallback is no longer docker's: that one is right nearly everywhere, and newer kubeadms migrate without a look.
 */
export async function runtimeSockets(
  { docker, probe }: CriSockets,
  isSocket: (path: string) => Promise<boolean> = isSocketHere,
): Promise<readonly string[]> {
  if (docker === undefined) return [];
  const paths = [docker.path, ...probe.map(({ path }) => path)];
  const there = await Promise.all(paths.map(isSocket));
  return paths.filter((_, index) => there[index]);
}

async function isSocketHere(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isSocket() ?? false;
}
