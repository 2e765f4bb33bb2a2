import type { Source } from '../../archive/source.ts';
import { defined } from '../../defined.ts';
import { KinitError } from '../../errors.ts';
import type { CommandResult, Host } from '../host.ts';
import { ConnectionLost } from '../transport.ts';

/**
 * Files of a host as sources, in the order of the paths: their sizes and digests in one round trip. Throws KinitError
 * where one is not there.
 */
export async function remoteFiles(
  host: Host,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Source[]> {
  if (paths.length === 0) return [];
  const script = 'while read -r path; do echo "$(stat -c %s "$path") $(sha256sum <"$path")"; done';
  const { stdout } = await askAgain(host, ['sh', '-c', script], {
    stdin: paths.map((path) => `${path}\n`).join(''),
    deadline: 1800,
    ...defined({ signal }),
  });
  const lines = stdout.split('\n');
  return paths.map((path, index) => {
    const [, size, sha256] = /^(\d+) ([0-9a-f]{64})\b/.exec(lines[index] ?? '') ?? [];
    if (size === undefined || sha256 === undefined) throw new KinitError(`cannot read ${path}`, { host: host.name });
    const read = (offset: number, length: number) => readPart(host, path, { offset, length }, signal);
    return { size: Number(size), sha256, read };
  });
}

/** Command output is text; base64 carries the bytes. */
async function readPart(
  host: Host,
  path: string,
  { offset, length }: { readonly offset: number; readonly length: number },
  signal?: AbortSignal,
): Promise<Buffer> {
  const script = 'tail -c +"$2" "$1" | head -c "$3" | base64 -w0';
  const argv = ['sh', '-c', script, 'kinit-read', path, String(offset + 1), String(length)];
  const { stdout, stderr } = await askAgain(host, argv, { deadline: 600, ...defined({ signal }) });
  const bytes = Buffer.from(stdout, 'base64');
  if (bytes.length === length) return bytes;
  throw new KinitError(`cannot read ${path} at byte ${offset}: ${stderr.trim() || 'it ends there'}`, {
    host: host.name,
  });
}

/** Reading changes nothing, so that a broken connection is no reason to stop. */
async function askAgain(...[host, argv, options]: Parameters<typeof ask>): Promise<CommandResult> {
  return ask(host, argv, options).catch((error: unknown) => {
    if (error instanceof ConnectionLost) return ask(host, argv, options);
    throw error;
  });
}

function ask(host: Host, argv: readonly string[], options: Parameters<Host['run']>[1]): Promise<CommandResult> {
  return host.run(argv, options);
}
