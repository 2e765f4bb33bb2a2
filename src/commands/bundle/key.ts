import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { SigningKey, VerifyingKey } from '../../bundle/signature.ts';
import { InputError } from '../../errors.ts';
import type { Inventory } from '../../inventory/types.ts';
import { Secret } from '../../secret.ts';
import { readText } from '../input/files.ts';
import type { Io } from '../io.ts';

/** The key of --sign-key, which nobody else may read (as ssh has it with its keys); `-` is stdin. Throws InputError. */
export async function readSigningKey(file: string | undefined, io: Io): Promise<SigningKey | undefined> {
  if (file === undefined) return undefined;
  const { signingKey } = await import('../../bundle/signature.ts');
  const place = `--sign-key ${file}`;
  const pem = new Secret(await readText(file, io, '--sign-key'));
  if (file !== '-') {
    const { mode } = await stat(resolve(io.cwd, file));
    if ((mode & 0o077) !== 0) {
      throw new InputError([{ place, message: 'may be read by others than its owner' }], `chmod 600 ${file}`);
    }
  }
  return signingKey(pem, place);
}

/** The key that bundles have to be signed with: a flag's, else the inventory's. Throws InputError. */
export async function readVerifyingKey(
  { flag, name }: { readonly flag: string | undefined; readonly name: '--key' | '--bundle-key' },
  inventory: Pick<Inventory, 'bundle'> | undefined,
  io: Io,
): Promise<VerifyingKey | undefined> {
  const configured = inventory?.bundle.keyFile;
  const file = flag ?? configured?.replace(/^~(?=\/)/, io.env['HOME'] ?? homedir());
  if (file === undefined) return undefined;
  const { verifyingKey } = await import('../../bundle/signature.ts');
  const place = flag === undefined ? 'bundle.keyFile' : name;
  return verifyingKey(await readText(file, io, place), `${place} ${file}`);
}
