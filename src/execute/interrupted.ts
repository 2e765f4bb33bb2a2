import { exitCodes, KinitError } from '../errors.ts';

/** Throws KinitError, exit 130, once the user has pressed Ctrl-C. */
export function throwIfInterrupted(signal: AbortSignal, host: string): void {
  if (!signal.aborted) return;
  throw new KinitError('interrupted', {
    host,
    exitCode: exitCodes.interrupted,
    hint: 'what is done stays done; run the same command again to go on from here',
  });
}
