import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly marker: 'revoked' | 'cert-authority' | undefined;
  /** Patterns between commas, or one hashed name. */
  readonly names: string;
  readonly type: string;
  readonly key: Buffer;
  /** `file:line`. */
  readonly place: string;
}

export type HostKeyVerdict =
  | { readonly verdict: 'known' }
  /** `authority`: where a certificate authority is trusted for the host, which this program cannot check. */
  | { readonly verdict: 'unknown'; readonly authority: string | undefined }
  | { readonly verdict: 'changed'; readonly place: string }
  | { readonly verdict: 'revoked'; readonly place: string };

/** The lines of a known_hosts file that say anything; broken ones are passed over, as ssh does. */
export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const fields = line.trim().split(/[ \t]+/);
    if (fields[0] === '' || fields[0]?.startsWith('#')) return [];
    const mark = fields[0]?.startsWith('@') ? fields.shift()?.slice(1) : undefined;
    if (mark !== undefined && mark !== 'revoked' && mark !== 'cert-authority') return [];
    const [names, type, base64] = fields;
    if (names === undefined || type === undefined || base64 === undefined) return [];
    const key = Buffer.from(base64, 'base64');
    return keyType(key) === type ? [{ marker: mark, names, type, key, place: `${file}:${index + 1}` }] : [];
  });
}

/** What the files say about this key of a host; `name` as knownHostName gives it. */
export function judgeHostKey(lines: readonly KnownHost[], name: string, key: Buffer): HostKeyVerdict {
  const about = lines.filter((line) => covers(line.names, name));
  const revoked = about.find((line) => line.marker === 'revoked' && line.key.equals(key));
  if (revoked) return { verdict: 'revoked', place: revoked.place };
  const plain = about.filter((line) => line.marker === undefined);
  if (plain.some((line) => line.key.equals(key))) return { verdict: 'known' };
  const other = plain.find((line) => line.type === keyType(key)) ?? plain[0];
  if (other) return { verdict: 'changed', place: other.place };
  return { verdict: 'unknown', authority: about.find((line) => line.marker === 'cert-authority')?.place };
}

/** The algorithms, those first whose key is known, so that a server with several shows the known one. */
export function orderedHostKeyAlgorithms(
  lines: readonly KnownHost[],
  name: string,
  allowed: readonly HostKeyAlgorithm[] = allowedHostKeyAlgorithms(),
): readonly HostKeyAlgorithm[] {
  const known = new Set(
    lines.filter((line) => line.marker === undefined && covers(line.names, name)).map(({ type }) => type),
  );
  const isKnown = (algorithm: string): boolean => known.has(algorithm.replace(/^rsa-sha2-.*/, 'ssh-rsa'));
  return [...allowed.filter(isKnown), ...allowed.filter((algorithm) => !isKnown(algorithm))];
}

/**
 * What HostKeyAlgorithms of ssh_config(5) leaves of the algorithms: a list, or one after `+` to add, `-` to take away, `^`
 * to put first. Signatures with SHA-1 (ssh-rsa) only where it names them, as with ssh since OpenSSH 8.8.
 */
export function allowedHostKeyAlgorithms(wish = ''): readonly HostKeyAlgorithm[] {
  const how = /^[+^-]/.exec(wish)?.[0] ?? '';
  const named = wish
    .slice(how.length)
    .split(',')
    .filter((pattern) => pattern !== '');
  const isNamed = (algorithm: string): boolean => named.some((pattern) => matches(pattern, algorithm));
  const inNamedOrder = named.flatMap((pattern) => algorithms.filter((algorithm) => matches(pattern, algorithm)));
  if (wish === '') return byDefault;
  if (how === '-') return byDefault.filter((algorithm) => !isNamed(algorithm));
  if (how === '+') return [...new Set([...byDefault, ...inNamedOrder])];
  if (how === '^') return [...new Set([...inNamedOrder, ...byDefault])];
  return [...new Set(inNamedOrder)];
}

/** The keys of a list such as RevokedHostKeys names, one a line. */
export function parseKeyList(text: string): readonly Buffer[] {
  return text.split(/\r?\n/).flatMap((line) => {
    if (line.trim().startsWith('#')) return [];
    const fields = line.trim().split(/[ \t]+/);
    return fields.flatMap((field, index) => {
      const key = Buffer.from(field, 'base64');
      return index > 0 && keyType(key) !== '' && keyType(key) === fields[index - 1] ? [key] : [];
    });
  });
}

/** The name under which a host stands in known_hosts: its port is part of it unless it is 22. */
export function knownHostName(host: string, port: number): string {
  const lower = host.toLowerCase();
  return port === 22 ? lower : `[${lower}]:${port}`;
}

/** A line that makes this key known. */
export function knownHostLine(name: string, key: Buffer): string {
  return `${name} ${keyType(key)} ${key.toString('base64')}`;
}

/** `SHA256:...`, as ssh prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a key in wire form names first (RFC 4253, 6.6). */
export function keyType(key: Buffer): string {
  return key.length < 4 ? '' : key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

export type HostKeyAlgorithm = (typeof algorithms)[number];

/** OpenSSH's order of preference; SHA-1 signatures last. */
const algorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
] as const;

const byDefault = algorithms.filter((algorithm) => algorithm !== 'ssh-rsa');

function covers(names: string, name: string): boolean {
  if (names.startsWith('|1|')) return hashCovers(names, name);
  let found = false;
  for (const pattern of names.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!matches(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/** `|1|salt|HMAC-SHA1(salt, name)`. */
function hashCovers(hashed: string, name: string): boolean {
  const [, , salt = '', hash = ''] = hashed.split('|');
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** ssh's patterns: `*` any characters, `?` one. */
export function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}
