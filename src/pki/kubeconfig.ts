import { createPrivateKey } from 'node:crypto';
import { InputError } from '../errors.ts';
import { apiServerPort } from '../release/ports.ts';
import { Secret } from '../secret.ts';
import { parseYaml } from '../yaml.ts';
import { nulProblem } from '../yaml-characters.ts';
import type { YamlDocument } from '../yaml-part.ts';
import { readCertificateFile } from './certificate-file.ts';

/** What a kubeconfig's current context says. PEM texts; of the files that it names only the paths. */
export interface Kubeconfig {
  readonly server: string;
  readonly ca?: string;
  readonly caFile?: string;
  readonly insecure: boolean;
  /** The name to expect in the server's certificate. */
  readonly tlsServerName?: string;
  /** The user's name; absent where the file only tells a cluster (a discovery file). */
  readonly user?: string;
  readonly clientCertificate?: string;
  readonly clientCertificateFile?: string;
  readonly clientKey?: Secret;
  readonly clientKeyFile?: string;
  readonly token?: Secret;
  readonly tokenFile?: string;
}

/**
 * The current context of a kubeconfig (YAML or JSON); without one, its only cluster. Nothing but the text is read. A user
 * with other logins alone (a program, a password) is refused unless those are passed over.
 * Throws InputError with the place of what is missing or broken.
 */
export function readKubeconfig(
  text: string,
  file = 'kubeconfig',
  { otherLogins = 'refuse' }: { readonly otherLogins?: 'refuse' | 'pass over' } = {},
): Kubeconfig {
  const reader = new Reader(...parseKubeconfig(text, file));
  const context = reader.context();
  const cluster = reader.named('clusters', 'cluster', context?.text('cluster'));
  const user = context === undefined ? undefined : reader.named('users', 'user', context.text('user'));
  refuseContradiction(cluster);
  return {
    server: serverOf(cluster),
    insecure: cluster.flag('insecure-skip-tls-verify'),
    ...optional('ca', cluster.certificates('certificate-authority-data')),
    ...optional('caFile', cluster.text('certificate-authority')),
    ...optional('tlsServerName', serverName(cluster)),
    ...(user === undefined ? {} : readUser(user, context?.text('user') ?? '', otherLogins)),
  };
}

/** `https://host:port`; as with client-go, one without a scheme is meant so where there is TLS, which kinit never goes without. */
function serverOf(cluster: Section): string {
  const text = cluster.text('server');
  if (text === undefined) throw cluster.problem('server', 'is missing');
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const isOne = /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(full) && URL.canParse(full) && !hasBlank(text);
  const url = isOne ? new URL(full) : undefined;
  if (url === undefined)
    throw cluster.problem('server', `"${text}" is no URL such as https://10.0.0.11:${apiServerPort}`);
  if (url.protocol !== 'https:') throw cluster.problem('server', `"${text}" is not https, which kinit speaks alone`);
  if (url.username || url.password || url.search || url.hash) {
    throw cluster.problem('server', 'holds more than a host, a port and a path');
  }
  return full;
}

function serverName(cluster: Section): string | undefined {
  const name = cluster.text('tls-server-name');
  if (name === undefined || /^[\w.:-]{1,253}$/.test(name)) return name;
  throw cluster.problem('tls-server-name', 'is no name that a certificate can hold');
}

function hasBlank(text: string): boolean {
  return /[\s\p{Cc}]/u.test(text);
}

/** As client-go: who names a CA wants it to count. */
function refuseContradiction(cluster: Section): void {
  const named = ['certificate-authority-data', 'certificate-authority'].find((field) => cluster.text(field));
  if (named === undefined || !cluster.flag('insecure-skip-tls-verify')) return;
  throw cluster.problem('insecure-skip-tls-verify', `cannot be true beside ${named}: remove one of them`);
}

/**
 * The kubeconfig with another client certificate and the CA of today in its current context, all else as it was. It
 * holds the key in the clear: wrap its YAML in a Secret. Throws InputError as readKubeconfig does.
 */
export function withClient(
  text: string,
  file: string,
  { certificate, key, ca }: { readonly certificate: string; readonly key: Secret; readonly ca: string },
): Fields {
  const [document, root] = parseKubeconfig(text, file);
  const user = new Reader(document, root).context()?.text('user');
  return {
    ...withAuthority(text, file, ca),
    users: replaced(root['users'], user, 'user', {
      'client-certificate-data': base64(certificate),
      'client-key-data': base64(key.reveal()),
    }),
  };
}

/**
 * The kubeconfig with another CA (one or several, PEM) in its current context, or in its only cluster; all else as it was.
 * It holds keys in the clear: wrap its YAML in a Secret. Throws InputError as readKubeconfig does.
 */
export function withAuthority(text: string, file: string, ca: string): Fields {
  const [document, root] = parseKubeconfig(text, file);
  const context = new Reader(document, root).context();
  const data = { 'certificate-authority-data': base64(ca) };
  return { ...root, clusters: replaced(root['clusters'], context?.text('cluster'), 'cluster', data) };
}

/** The entry of that name, or the only one, with other data in it. */
function replaced(list: unknown, name: string | undefined, field: string, data: Fields): readonly unknown[] {
  const entries = Array.isArray(list) ? list.map(asMap) : [];
  const isMeant = (entry: Fields | undefined) => (name === undefined ? entries.length === 1 : entry?.['name'] === name);
  return entries.map((entry) =>
    isMeant(entry) ? { ...entry, [field]: { ...withoutFiles(asMap(entry?.[field])), ...data } } : entry,
  );
}

function base64(pem: string): string {
  return Buffer.from(pem, 'utf8').toString('base64');
}

/** What stands in the kubeconfig by now is not to be looked for in files too. */
function withoutFiles(fields: Fields = {}): Fields {
  const named = ['certificate-authority', 'client-certificate', 'client-key'];
  return Object.fromEntries(Object.entries(fields).filter(([field]) => !named.includes(field)));
}

function parseKubeconfig(text: string, file: string): [YamlDocument, Fields] {
  const [found, ...more] = parseYaml(text, file);
  const root = asMap(found?.value);
  if (found && more.length === 0 && root?.['kind'] === 'Config') return [found, root];
  throw new InputError([{ place: file, message: 'is not a kubeconfig (a single document of kind Config)' }]);
}

function readUser(user: Section, name: string, otherLogins: 'refuse' | 'pass over') {
  const secret = (text: string | undefined) => (text === undefined ? undefined : new Secret(text));
  const read = {
    user: name,
    ...optional('clientCertificate', user.certificates('client-certificate-data')),
    ...optional('clientCertificateFile', user.text('client-certificate')),
    ...optional('clientKey', secret(user.key('client-key-data'))),
    ...optional('clientKeyFile', user.text('client-key')),
    ...optional('token', secret(user.token('token'))),
    ...optional('tokenFile', user.text('tokenFile')),
  };
  const plugin = ['exec', 'auth-provider', 'username'].find((field) => user.has(field));
  if (otherLogins === 'refuse' && plugin !== undefined && Object.keys(read).length === 1) {
    throw user.problem(plugin, 'is not supported: give a kubeconfig with a client certificate or a token');
  }
  return read;
}

/** Finds the parts of a kubeconfig and says where one is missing. */
class Reader {
  readonly #document: YamlDocument;
  readonly #root: Fields;

  constructor(document: YamlDocument, root: Fields) {
    this.#document = document;
    this.#root = root;
  }

  context(): Section | undefined {
    const current = this.#root['current-context'];
    if (typeof current === 'string' && current !== '') return this.named('contexts', 'context', current);
    return undefined;
  }

  /** The entry called `name`; without a name, the only one. */
  named(list: 'clusters' | 'contexts' | 'users', field: string, name: string | undefined): Section {
    const entries = Array.isArray(this.#root[list]) ? this.#root[list].map(asMap) : [];
    const index =
      name === undefined && entries.length === 1 ? 0 : entries.findIndex((entry) => entry?.['name'] === name);
    const fields = asMap(entries[index]?.[field]);
    if (fields === undefined) {
      const message = name === undefined ? 'has no current-context' : `has no entry named "${name}"`;
      throw new InputError([{ place: this.#document.placeOf([list]), message }]);
    }
    return new Section(this.#document, [list, index, field], fields);
  }
}

type Fields = Readonly<Record<string, unknown>>;

class Section {
  readonly #document: YamlDocument;
  readonly #path: readonly (string | number)[];
  readonly #fields: Fields;

  constructor(document: YamlDocument, path: readonly (string | number)[], fields: Fields) {
    this.#document = document;
    this.#path = path;
    this.#fields = fields;
  }

  has(field: string): boolean {
    return this.#fields[field] !== undefined;
  }

  flag(field: string): boolean {
    return this.#fields[field] === true;
  }

  text(field: string): string | undefined {
    const value = this.#fields[field];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw this.problem(field, 'is not a string');
    if (value.includes('\0')) throw this.problem(field, nulProblem);
    return value;
  }

  certificates(field: string): string | undefined {
    const pem = this.#pem(field);
    if (pem === undefined) return undefined;
    const { problem } = readCertificateFile(pem);
    if (problem !== undefined) throw this.problem(field, problem);
    return pem;
  }

  key(field: string): string | undefined {
    const pem = this.#pem(field);
    if (pem === undefined) return undefined;
    const problem = clientKeyProblem(pem);
    if (problem !== undefined) throw this.problem(field, problem);
    return pem;
  }

  /** What can stand in a header. */
  token(field: string): string | undefined {
    const token = this.text(field)?.trim();
    if (token !== undefined && !isBearerToken(token)) throw this.problem(field, 'holds what no token can hold');
    return token;
  }

  /** Strictly, as Go decodes it: line breaks alone may stand in between. */
  #pem(field: string): string | undefined {
    const encoded = this.text(field)?.replaceAll(/[\r\n]/g, '');
    if (encoded === undefined) return undefined;
    const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(encoded) && encoded.length % 4 === 0;
    const text = isBase64 ? Buffer.from(encoded, 'base64').toString('utf8') : '';
    if (!text.includes('-----BEGIN ')) throw this.problem(field, 'is not PEM in base64');
    return text;
  }

  problem(field: string, message: string): InputError {
    return new InputError([{ place: this.#document.placeOf([...this.#path, field]), message }]);
  }
}

/** Why a PEM text is no private key that can be used, or undefined where it is one. */
export function clientKeyProblem(pem: string): string | undefined {
  if (/ENCRYPTED/.test(pem)) return 'is an encrypted private key, whose passphrase nobody knows here';
  try {
    createPrivateKey(pem);
    return undefined;
  } catch {
    return 'is not a private key in PEM form';
  }
}

/** Whether a text can stand in a header as a bearer token. */
export function isBearerToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: T };
}

function asMap(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
