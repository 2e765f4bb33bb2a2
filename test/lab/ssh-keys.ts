import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { must } from './process.ts';

/** Makes the key pair FILE and FILE.pub unless it is there. */
export async function ensureKey(file: string, type: 'ed25519' | 'ecdsa', comment: string): Promise<void> {
  if (existsSync(`${file}.pub`)) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  await must(['ssh-keygen', '-q', '-t', type, '-N', '', '-C', comment, '-f', file]);
}

/** A host's keys in the folder; they stay when the host is made again. */
export async function ensureHostKeys(folder: string, host: string): Promise<void> {
  await ensureKey(`${folder}/ssh_host_ed25519_key`, 'ed25519', `root@${host}`);
  await ensureKey(`${folder}/ssh_host_ecdsa_key`, 'ecdsa', `root@${host}`);
}

/** The host's lines of a known_hosts file. */
export function knownHostLines(folder: string, address: string): string {
  return ['ed25519', 'ecdsa']
    .map((type) => readFileSync(`${folder}/ssh_host_${type}_key.pub`, 'utf8').split(' ').slice(0, 2))
    .map(([kind, key]) => `${address} ${kind} ${key}\n`)
    .join('');
}
