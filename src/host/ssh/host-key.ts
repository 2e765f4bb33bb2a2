import { appendFile, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { defined } from '../../defined.ts';
import { exitCodes, KinitError } from '../../errors.ts';
import type { SshEndpoint } from './endpoint.ts';
import { readIfThere } from './files.ts';
import {
  fingerprint,
  type HostKeyVerdict,
  judgeHostKey,
  type KnownHost,
  keyType,
  knownHostLine,
  orderedHostKeyAlgorithms,
  parseKeyList,
  parseKnownHosts,
} from './known-hosts.ts';

/** Decides on the key that a server shows during one handshake. */
export interface HostKeyCheck {
  readonly algorithms: ReturnType<typeof orderedHostKeyAlgorithms>;
  /** Whether the handshake may go on. */
  readonly verify: (key: Buffer) => boolean;
  /** Why it may not, once `verify` has said no. */
  readonly refusal: () => KinitError | undefined;
  /** Remembers a key that was new and accepted. */
  readonly remember: () => Promise<void>;
}

/**
 * Reads the known hosts of an endpoint; `accepted` holds what this run accepted, in case no file can keep it. Throws
 * KinitError, exit 6, where a file is there and cannot be read: it may say that a key must not be trusted.
 */
export async function hostKeyCheck({ name, hostKey }: SshEndpoint, accepted: KnownHost[]): Promise<HostKeyCheck> {
  const linesOf = async (file: string) => parseKnownHosts((await trustText(file, name)) ?? '', file);
  const [own, system] = await Promise.all(
    [hostKey.files, hostKey.revokingFiles].map((files) => Promise.all(files.map(linesOf))),
  );
  const lines = [
    ...(own ?? []).flat(),
    ...(system ?? []).flat().filter(({ marker }) => marker === 'revoked'),
    ...accepted,
  ];
  const revoked = await revokedKeys(hostKey.revokedKeysFile, name);
  let refusal: KinitError | undefined;
  let fresh: Buffer | undefined;

  function verify(key: Buffer): boolean {
    const judged: Judged = revoked.some((one) => one.equals(key))
      ? { verdict: 'revoked', place: hostKey.revokedKeysFile ?? '' }
      : judge(key, hostKey, lines);
    const isAccepted = judged.verdict === 'unknown' && hostKey.acceptNew;
    if (isAccepted) fresh = key;
    refusal = isAccepted ? undefined : refused(judged, key, { name, hostKey });
    return refusal === undefined;
  }

  async function remember(): Promise<void> {
    if (fresh === undefined) return;
    accepted.push({
      marker: undefined,
      names: hostKey.name,
      type: keyType(fresh),
      key: fresh,
      place: 'accepted in this run',
    });
    if (hostKey.newKeysTo !== undefined) await append(hostKey.newKeysTo, knownHostLine(hostKey.name, fresh), name);
    fresh = undefined;
  }

  const algorithms = orderedHostKeyAlgorithms(lines, hostKey.name, hostKey.algorithms);
  return { algorithms, verify, refusal: () => refusal, remember };
}

async function trustText(file: string, host: string): Promise<string | undefined> {
  return readIfThere(file).catch((error: KinitError) => {
    const { message, hint } = error;
    const context = { host, exitCode: exitCodes.trustRefused, cause: error, ...defined({ hint }) };
    throw new KinitError(`no host key can be trusted: ${message}`, context);
  });
}

/** As with ssh: a file that is not there, or cannot be read, trusts nobody. */
async function revokedKeys(file: string | undefined, host: string): Promise<readonly Buffer[]> {
  if (file === undefined) return [];
  const text = await trustText(file, host);
  if (text !== undefined && !text.startsWith('SSHKRL')) return parseKeyList(text);
  const why = text === undefined ? 'is not there' : 'is a revocation list in binary form, which kinit does not read';
  throw new KinitError(`no host key can be trusted: RevokedHostKeys names ${file}, which ${why}`, {
    host,
    exitCode: exitCodes.trustRefused,
    hint: 'name a file with one public key a line there',
  });
}

type Judged = HostKeyVerdict | { readonly verdict: 'not as given' };

/** What is revoked stays so; fingerprints that were given stand above all else that is known. */
function judge(
  key: Buffer,
  { name, plainName, fingerprints }: SshEndpoint['hostKey'],
  lines: readonly KnownHost[],
): Judged {
  const named = judgeHostKey(lines, name, key);
  const plain = plainName === undefined ? named : judgeHostKey(lines, plainName, key);
  const revoked = [named, plain].find(({ verdict }) => verdict === 'revoked');
  if (revoked !== undefined) return revoked;
  if (fingerprints.length > 0) return { verdict: fingerprints.includes(fingerprint(key)) ? 'known' : 'not as given' };
  return named.verdict === 'unknown' && plain.verdict === 'known' ? plain : named;
}

/** Why a key is not trusted, and what to do; undefined where it is known. */
function refused(judged: Judged, key: Buffer, { name: host, hostKey }: Pick<SshEndpoint, 'name' | 'hostKey'>) {
  const shown = `${keyType(key)} ${fingerprint(key)}`;
  const because = (message: string, hint: string): KinitError =>
    new KinitError(message, { host, hint, exitCode: exitCodes.trustRefused });
  switch (judged.verdict) {
    case 'known':
      return undefined;
    case 'not as given':
      return because(
        `the host key ${shown} is not one of the fingerprints given for it`,
        'make sure that it is the machine you mean, then correct the fingerprint',
      );
    case 'revoked':
      return because(
        `the host key ${shown} is revoked (${judged.place})`,
        'do not use this machine before its key is replaced',
      );
    case 'changed':
      return because(
        `the host key has changed: it is now ${shown}, another one is known (${judged.place}); someone may be in between`,
        `if the machine was really made anew: ssh-keygen -R '${hostKey.name}' -f '${judged.place.replace(/:\d+$/, '')}'`,
      );
    case 'unknown':
      return because(
        judged.authority === undefined
          ? `the host key ${shown} is not known`
          : `known hosts trust this host by a certificate authority (${judged.authority}), and kinit cannot check certificates of hosts; its key ${shown} is not known by itself`,
        `compare the fingerprint with the machine's, then add its key to ${hostKey.newKeysTo ?? '~/.ssh/known_hosts'}, or run again with --accept-new-host-keys`,
      );
  }
}

/** One write with O_APPEND, so that others who append at the same time lose nothing. */
async function append(file: string, line: string, host: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await appendFile(file, `${(await endsOpen(file)) ? '\n' : ''}${line}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new KinitError(`cannot remember the host key in ${file}: ${(cause as Error).message}`, { host, cause });
  }
}

/** Whether the last line of a file lacks its end. */
async function endsOpen(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (!file) return false;
  try {
    const { size } = await file.stat();
    if (size === 0) return false;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] !== 0x0a;
  } finally {
    await file.close();
  }
}
