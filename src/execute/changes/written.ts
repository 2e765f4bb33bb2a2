import type { FileWrite, Operation } from '../../host/host.ts';

/** The executor has minted the files; they are written in the order of the list, a key before its certificate. */
export const written = {
  by: 'host',
  operations: (_: unknown, minted: readonly FileWrite[]): readonly Operation[] =>
    minted.map((file) => ({ op: 'write', file })),
} as const;
