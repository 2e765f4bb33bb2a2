import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { AgeIdentity, AgeRecipient } from '../../archive/age/age.ts';
import { InputError } from '../../errors.ts';
import type { Secret } from '../../secret.ts';
import { ask } from '../input/ask.ts';
import { readText } from '../input/files.ts';
import { passwordLine } from '../input/password.ts';
import type { Io } from '../io.ts';
import { list } from '../options/list.ts';

const passphrase = '--pki-passphrase-file';
const recipient = '--pki-recipient';
const identity = '--pki-identity';

/** Who may open the PKI that is saved beside a snapshot. */
export interface PkiRecipientFlags {
  readonly pkiPassphraseFile?: string;
  readonly pkiRecipient?: readonly string[];
}

/** By what it is opened. */
export interface PkiIdentityFlags {
  readonly pkiPassphraseFile?: string;
  readonly pkiIdentity?: string;
}

export function addPkiRecipientOptions(command: Command): Command {
  return command
    .option(
      `${passphrase} <file>`,
      'save the PKI of the control planes beside it, encrypted with the passphrase in the first line of this file; - is stdin',
    )
    .option(
      `${recipient} <key>`,
      'save the PKI beside it, encrypted for who has the private half: age1..., or a file with such lines or a public X25519 key of openssl; may be repeated',
      list,
    );
}

export function addPkiIdentityOptions(command: Command): Command {
  return command
    .option(`${passphrase} <file>`, 'a file with the passphrase of the PKI in its first line; - is stdin')
    .option(
      `${identity} <file>`,
      'a file with the private key that the PKI is encrypted for: of age-keygen or, X25519, of openssl',
    );
}

/** undefined where the PKI is not to be saved. Throws InputError. */
export async function pkiRecipient(flags: PkiRecipientFlags, io: Io): Promise<AgeRecipient | undefined> {
  const { pkiPassphraseFile: file, pkiRecipient: keys = [] } = flags;
  if (file !== undefined && keys.length > 0)
    throw new InputError([
      { place: recipient, message: `is one way to encrypt the PKI, ${passphrase} the other: take one` },
    ]);
  if (file !== undefined) return { passphrase: longEnough(await passphraseIn(file, io, true)) };
  if (keys.length === 0) return undefined;
  const { ageRecipients } = await import('../../archive/age/age-key.ts');
  const publicKeys = await Promise.all(
    keys.map(async (key) => {
      const found = ageRecipients(key.startsWith('age1') ? key : await readText(key, io, recipient));
      if (found !== undefined) return found;
      const message = 'holds no public key: lines age1... (age-keygen -y), or X25519 in PEM (openssl pkey -pubout)';
      throw new InputError([{ place: `${recipient} ${key}`, message }]);
    }),
  );
  return { publicKeys: publicKeys.flat() };
}

/** Throws InputError where it is not told, or cannot be read. */
export async function pkiIdentity(
  { pkiPassphraseFile, pkiIdentity: file }: PkiIdentityFlags,
  io: Io,
): Promise<AgeIdentity> {
  if ((pkiPassphraseFile === undefined) === (file === undefined))
    throw new InputError([{ place: identity, message: `give either it or ${passphrase}: the PKI is encrypted` }]);
  if (file === undefined) return { passphrase: await passphraseIn(pkiPassphraseFile ?? '', io, false) };
  await refuseReadable(file, identity, io);
  const { ageIdentities } = await import('../../archive/age/age-key.ts');
  const privateKeys = ageIdentities(await readText(file, io, identity));
  if (privateKeys !== undefined) return { privateKeys };
  const message = 'holds no private key: a line AGE-SECRET-KEY-1... (age-keygen), or X25519 in PEM (openssl genpkey)';
  throw new InputError([{ place: `${identity} ${file}`, message }]);
}

async function passphraseIn(file: string, io: Io, isNew: boolean): Promise<Secret> {
  const asking = file === '-' ? ask(io) : undefined;
  if (asking !== undefined) return asked(asking, isNew);
  await refuseReadable(file, passphrase, io);
  return passwordLine(await readText(file, io, passphrase), `${passphrase} ${file}`);
}

async function asked(asking: NonNullable<ReturnType<typeof ask>>, isNew: boolean): Promise<Secret> {
  const answer = passwordLine((await asking('Passphrase of the PKI: '))?.reveal() ?? '', passphrase);
  if (isNew && (await asking('Once more: '))?.reveal() !== answer.reveal())
    throw new InputError([{ place: passphrase, message: 'the two are not the same' }]);
  return answer;
}

/** Who has the file may guess for as long as he likes. */
const shortest = 12;

function longEnough(secret: Secret): Secret {
  if (secret.reveal().length >= shortest) return secret;
  throw new InputError([
    { place: passphrase, message: `is shorter than ${shortest} characters, for keys that open a whole cluster` },
  ]);
}

/** As ssh has it with its keys. */
async function refuseReadable(file: string, flag: string, io: Io): Promise<void> {
  if (file === '-') return;
  const mode = await stat(resolve(io.cwd, file)).then(
    (found) => (found.isFile() ? found.mode : 0),
    () => 0,
  );
  if ((mode & 0o077) === 0) return;
  throw new InputError(
    [{ place: `${flag} ${file}`, message: 'may be read by others than its owner' }],
    `chmod 600 ${file}`,
  );
}
