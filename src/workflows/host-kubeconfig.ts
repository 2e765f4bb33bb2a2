import { defined } from '../defined.ts';
import { KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { type Kubeconfig, readKubeconfig } from '../pki/kubeconfig.ts';
import { namedFiles, withNamedFiles } from '../pki/kubeconfig-files.ts';

/** A kubeconfig that lies on a host, as text. Files that it names are read there too. Throws KinitError naming the host. */
export async function hostKubeconfig(
  host: Host,
  path: string,
  text: string,
  known: ReadonlyMap<string, Buffer> = new Map(),
): Promise<Kubeconfig> {
  return withHostFiles(host, path, readKubeconfig(text, path), known);
}

/** A kubeconfig that was read on a host with the contents of the files there that it names. Throws KinitError naming the host. */
export async function withHostFiles(
  host: Host,
  path: string,
  read: Kubeconfig,
  known: ReadonlyMap<string, Buffer> = new Map(),
): Promise<Kubeconfig> {
  const files = namedFiles(read, path);
  if (files.length === 0) return read;
  const unread = files.filter((file) => !known.has(file));
  const contents = new Map([...known, ...(unread.length === 0 ? [] : await host.read(unread))]);
  try {
    return withNamedFiles(read, path, (file) => contents.get(file)?.toString('utf8'));
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    const { message, hint, exitCode } = error;
    throw new KinitError(message, { exitCode, host: host.name, ...defined({ hint }) });
  }
}
