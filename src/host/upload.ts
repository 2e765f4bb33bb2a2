import { pieceSize, type Source } from '../archive/source.ts';
import { defined } from '../defined.ts';
import { KinitError } from '../errors.ts';
import type { Host, Operation } from './host.ts';
import { ConnectionLost } from './transport.ts';

export interface Upload {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly source: Source;
}

export interface UploadOptions {
  readonly signal?: AbortSignal;
  /** Bytes that the host has, and those that it should have. */
  readonly progress?: (done: number, total: number) => void;
}

/**
 * Brings files to a host piece by piece. A file appears under its name only when its digest is right; what an earlier
 * call has left beside it is continued, and a connection that breaks is dialled again. Throws KinitError: the disk is
 * too small, is full, or nothing gets through.
 */
export async function uploadFiles(host: Host, uploads: readonly Upload[], options: UploadOptions = {}): Promise<void> {
  const total = uploads.reduce((sum, { source }) => sum + source.size, 0);
  let left = Number.POSITIVE_INFINITY;
  for (let fruitless = 0; ; ) {
    const lacking = await survey(host, uploads, options).catch((error: unknown) => {
      if (error instanceof ConnectionLost) return survey(host, uploads, options);
      throw error;
    });
    if (lacking.length === 0) return options.progress?.(total, total);
    const before = left;
    left = lacking.reduce((sum, { upload, at }) => sum + upload.source.size - at, 0);
    fruitless = left < before ? 0 : fruitless + 1;
    if (fruitless === 2) {
      throw new KinitError(`${lacking[0]?.upload.path} does not arrive whole: its digest is wrong each time`, {
        host: host.name,
        hint: 'check the disk of the host and the file here (`sha256sum`)',
      });
    }
    await sendAll(host, lacking, options, (sent) => options.progress?.(total - left + sent, total));
  }
}

interface Lacking {
  readonly upload: Upload;
  /** Bytes of it that are there. */
  readonly at: number;
}

/** What the host still lacks. Throws KinitError where its disk has no room for it. */
async function survey(host: Host, uploads: readonly Upload[], { signal }: UploadOptions): Promise<readonly Lacking[]> {
  const list = uploads.map(({ path, source: { size, sha256 } }) => `${sha256} ${size} ${path}\n`).join('');
  const total = uploads.reduce((sum, { source }) => sum + source.size, 0);
  const { code, stdout, stderr } = await host.run(['sh', '-c', surveyScript, 'kinit-upload'], {
    stdin: list,
    deadline: Math.min(60 + total / slowestDigest, 24 * 3600),
    ...defined({ signal }),
  });
  const answers = stdout.trim().split('\n');
  const isWhole =
    answers.length === uploads.length + 1 && answers.every((answer) => /^(?:have|\d{1,15})$/.test(answer));
  if (code !== 0 || !isWhole) {
    throw new KinitError(`cannot look for files to upload: ${stderr.trim() || 'the answer is none'}`, {
      host: host.name,
    });
  }
  const lacking = uploads.flatMap((upload, index) => {
    const answer = answers[index] ?? '';
    return answer === 'have' ? [] : [{ upload, at: Math.min(Number(answer), upload.source.size) }];
  });
  const needed = lacking.reduce((sum, { upload, at }) => sum + upload.source.size - at, 0);
  const free = Number(answers.at(-1)) * 1024;
  if (needed > free) throw noRoom(host, lacking[0]?.upload.path ?? '', needed, free);
  return lacking;
}

function noRoom(host: Host, path: string, needed: number, free: number): KinitError {
  return new KinitError(`no room for ${mebibytes(needed)} at ${path}: ${mebibytes(free)} are free`, {
    host: host.name,
    hint: 'make room on that disk (`df -h`) and run the same command again',
  });
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`;
}

/** A broken connection or a file that someone else touched is seen by the next survey. */
async function sendAll(
  host: Host,
  lacking: readonly Lacking[],
  { signal }: UploadOptions,
  progress: (sent: number) => void,
): Promise<void> {
  let sent = 0;
  for await (const { operations, paths, bytes } of batches(lacking)) {
    try {
      const results = await host.perform(operations, defined({ signal }));
      const last = results.at(-1);
      if (last !== undefined && last.code !== 0) {
        if (last.code === moved || last.code === wrongDigest) return;
        throw refused(host, paths[last.index] ?? '', last.stderr.trim() || `exit code ${last.code}`);
      }
    } catch (error) {
      if (error instanceof ConnectionLost) return;
      throw error;
    }
    sent += bytes;
    progress(sent);
  }
}

function refused(host: Host, path: string, words: string): KinitError {
  const full = /No space left|quota exceeded/i.test(words);
  return new KinitError(full ? `the disk is full: ${path} could not be written` : `cannot upload ${path}: ${words}`, {
    host: host.name,
    ...(full ? { hint: 'make room on that disk (`df -h`) and run the same command again' } : {}),
  });
}

interface Batch {
  readonly operations: readonly Operation[];
  /** Of the operations. */
  readonly paths: readonly string[];
  readonly bytes: number;
}

/** Pieces of large files one by one, small files many in one round trip. */
async function* batches(lacking: readonly Lacking[]): AsyncGenerator<Batch> {
  let operations: Operation[] = [];
  let paths: string[] = [];
  let bytes = 0;
  for (const { upload, at } of lacking) {
    const { size } = upload.source;
    let offset = at;
    do {
      const length = Math.min(pieceSize - bytes, size - offset);
      operations.push(append(upload, offset, await upload.source.read(offset, length)));
      paths.push(upload.path);
      bytes += length;
      offset += length;
      if (bytes < pieceSize && operations.length < 100) continue;
      yield { operations, paths, bytes };
      [operations, paths, bytes] = [[], [], 0];
    } while (offset < size);
  }
  if (operations.length > 0) yield { operations, paths, bytes };
}

function append({ path, mode, source: { size, sha256 } }: Upload, offset: number, piece: Buffer): Operation {
  const last = offset + piece.length === size;
  const argv = [path, sha256, String(size), String(offset), mode.toString(8)];
  return {
    op: 'run',
    argv: ['sh', '-c', appendScript, 'kinit-upload', ...argv],
    stdin: piece,
    deadline: 60 + piece.length / slowestUpload + (last ? size / slowestDigest : 0),
  };
}

/** Bytes a second. */
const slowestUpload = 64 * 1024;
const slowestDigest = 16 * 1024 * 1024;

/** Exit codes of the script below: the part is not as long as was seen; all of it is there and it is something else. */
const moved = 75;
const wrongDigest = 76;

/** Per file `have`, or the bytes of its part; then the free kilobytes where the last one goes. */
const surveyScript = `
while read -r sum size path; do
  part=$path.$(printf %.12s "$sum").part
  parent=\${path%/*}
  if [ -f "$path" ] && [ "$(sha256sum <"$path" | cut -d' ' -f1)" = "$sum" ]; then echo have; continue; fi
  at=$(stat -c %s -- "$part" 2>/dev/null || echo 0)
  if [ "$at" -gt "$size" ]; then rm -f "$part"; at=0; fi
  echo "$at"
done
while [ -n "$parent" ] && [ ! -d "$parent" ]; do parent=\${parent%/*}; done
df -Pk "$parent/" | awk 'NR > 1 { print $4 }'`;

/** A disk that is full gets its room back; what a killed upload leaves is a right beginning and stays. */
const appendScript = `
path=$1 sum=$2 size=$3 at=$4 mode=$5
part=$path.$(printf %.12s "$sum").part
mkdir -p "\${path%/*}" || exit
[ "$(stat -c %s -- "$part" 2>/dev/null || echo 0)" = "$at" ] || exit ${moved}
(umask 077; cat >>"$part") || { rm -f "$part"; exit 74; }
[ "$(stat -c %s "$part")" = "$size" ] || exit 0
[ "$(sha256sum <"$part" | cut -d' ' -f1)" = "$sum" ] || { rm -f "$part"; exit ${wrongDigest}; }
chmod "$mode" "$part" && mv -f "$part" "$path"`;
