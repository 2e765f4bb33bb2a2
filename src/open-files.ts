import { readFileSync } from 'node:fs';
import { exitCodes, KinitError } from './errors.ts';

/** With fewer Node itself cannot start the programs and threads that some commands need. */
const needed = 64;

/**
 * Throws KinitError where this process may have too few files open at a time to work at all. `limits` gives the text of
 * proc(5)'s /proc/self/limits; a system without it is taken as it is.
 */
export function refuseFewOpenFiles(limits: () => string = () => readFileSync('/proc/self/limits', 'utf8')): void {
  let text: string;
  try {
    text = limits();
  } catch (error) {
    if (isOutOfFiles(error)) throw outOfFiles(error);
    return;
  }
  const [, soft, hard] = /^Max open files +(\S+) +(\S+)/m.exec(text) ?? [];
  if (!(Number(soft) < needed)) return;
  const how =
    Number(hard) < needed ? `as root: ulimit -n 1024; a service of systemd: LimitNOFILE=1024` : 'ulimit -n 1024';
  throw tooFew(`only ${soft} files may be open at a time, kinit needs ${needed}`, how);
}

/** The same for a run that met its limit on the way; undefined for any other error. */
export function asOutOfFiles(error: unknown): KinitError | undefined {
  return isOutOfFiles(error) ? outOfFiles(error) : undefined;
}

function isOutOfFiles(error: unknown): boolean {
  const { code, info } = (error ?? {}) as NodeJS.ErrnoException & { readonly info?: NodeJS.ErrnoException };
  return [code, info?.code].some((one) => one === 'EMFILE' || one === 'ENFILE');
}

function outOfFiles(cause: unknown): KinitError {
  return tooFew('too many files are open for the limit of this machine or of this shell', 'ulimit -n 1024', cause);
}

function tooFew(message: string, how: string, cause?: unknown): KinitError {
  return new KinitError(message, {
    exitCode: exitCodes.preflight,
    hint: `raise the limit, then run the same command again: ${how}`,
    cause,
  });
}
