import { resolve } from 'node:path';
import { openedPki, writePki } from '../../workflows/etcd/pki-archive.ts';
import type { Io } from '../io.ts';
import { type PkiIdentityFlags, pkiIdentity } from './pki-flags.ts';
import { printed } from './printed.ts';

/** The flags of `kinit etcd snapshot open-pki`. */
export interface OpenPkiFlags extends PkiIdentityFlags {
  readonly output: string;
}

/** Writes the PKI of an archive to a folder of this machine. Throws KinitError; nothing was written then. */
export async function runOpenPki(file: string, given: string | undefined, flags: OpenPkiFlags, io: Io): Promise<void> {
  const pki = await openedPki(resolve(io.cwd, file), await pkiIdentity(flags, io));
  const folder = resolve(io.cwd, given ?? '.');
  const files = await writePki(pki, folder);
  await printed({ folder, files }, flags.output, io, () => files);
}
