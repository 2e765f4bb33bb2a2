import type { X509Certificate } from 'node:crypto';
import { InputError } from '../errors.ts';
import { parseYaml } from '../yaml.ts';
import { readCertificateFile } from './certificate-file.ts';
import { type FetchedKubeconfig, type KubeconfigNames, kubeconfigOf } from './fetched-kubeconfig.ts';

/** A kubeconfig of the user's, read as far as merging needs it. */
export interface OwnKubeconfig {
  readonly fields: Fields;
  readonly clusters: readonly Entry[];
  readonly contexts: readonly Entry[];
  readonly users: readonly Entry[];
}

export interface MergedKubeconfig {
  readonly document: Fields;
  readonly names: KubeconfigNames;
  /** `renewed`: the cluster was known, and its user has new credentials. */
  readonly done: 'added' | 'renewed' | 'unchanged';
  /** The current context until now, where it becomes another. */
  readonly contextBefore: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;
type Entry = Readonly<Record<string, unknown>> & { readonly name: string };

/**
 * Reads a kubeconfig of the user's, YAML or JSON; an empty file is an empty one. Throws InputError with the place where it
 * is none: merging into it would lose what it holds.
 */
export function readOwnKubeconfig(text: string, file: string): OwnKubeconfig {
  const [document, second] = parseYaml(text, file);
  const problem = (message: string, path: readonly (string | number)[] = []): InputError =>
    new InputError(
      [{ place: document?.placeOf(path) ?? file, message }],
      'mend it, or give --to FILE to write another file',
    );
  if (second !== undefined) throw problem('holds several documents, of which kubectl would read one');
  const value = document === undefined ? {} : document.value;
  if (!isMap(value)) throw problem('is not a kubeconfig');
  for (const [field, expected] of [
    ['kind', 'Config'],
    ['apiVersion', 'v1'],
  ] as const) {
    if ((value[field] ?? expected) !== expected) throw problem('is not a kubeconfig', [field]);
  }
  const current = value['current-context'] ?? '';
  if (typeof current !== 'string') throw problem('is not a name', ['current-context']);
  const entriesOf = (list: string): readonly Entry[] => {
    const entries = value[list] ?? [];
    if (!Array.isArray(entries)) throw problem('is not a list', [list]);
    entries.forEach((entry: unknown, index) => {
      if (!isMap(entry) || typeof entry['name'] !== 'string') throw problem('has no name', [list, index]);
    });
    return entries as readonly Entry[];
  };
  return {
    fields: value,
    clusters: entriesOf('clusters'),
    contexts: entriesOf('contexts'),
    users: entriesOf('users'),
  };
}

/**
 * The user's kubeconfig with a fetched cluster in it, its user and a context that becomes the current one. Entries of the
 * user's stay as they are: where their names are taken (in `others` too, files that kubectl reads beside it), the cluster
 * goes by another. Only the same cluster's own administrator gets new credentials in place.
 */
export function mergeKubeconfig(
  own: OwnKubeconfig,
  fetched: FetchedKubeconfig,
  others: readonly OwnKubeconfig[] = [],
): MergedKubeconfig {
  const known = knownAs(own, fetched, others);
  const names = known ?? freeNames([own, ...others], fetched.names);
  const before = own.fields['current-context'];
  const contextBefore = typeof before === 'string' && before !== '' && before !== names.context ? before : undefined;
  const head = { apiVersion: 'v1', kind: 'Config', ...own.fields, 'current-context': names.context };
  if (known === undefined) {
    const added = kubeconfigOf(fetched, names) as Readonly<Record<string, readonly Entry[]>>;
    const lists = { clusters: own.clusters, contexts: own.contexts, users: own.users };
    const joined = Object.entries(lists).map(([list, entries]) => [list, [...entries, ...(added[list] ?? [])]]);
    return { document: { ...head, ...Object.fromEntries(joined) }, names, done: 'added', contextBefore };
  }
  const old = fieldsOf(own.users, names.user, 'user');
  const isSame = Object.entries(fetched.user).every(([field, value]) => old[field] === value);
  const users = own.users.map((entry) =>
    entry.name === names.user ? { ...entry, user: { ...old, ...fetched.user } } : entry,
  );
  return { document: { ...head, users }, names, done: isSame ? 'unchanged' : 'renewed', contextBefore };
}

/** The names under which this very cluster and administrator are known, where nothing else of the user's hangs on them. */
function knownAs(
  own: OwnKubeconfig,
  { cluster, user }: FetchedKubeconfig,
  others: readonly OwnKubeconfig[],
): KubeconfigNames | undefined {
  const isHere = (name: unknown) => {
    const there = typeof name === 'string' ? fieldsOf(own.clusters, name, 'cluster') : {};
    return sameFields(there, cluster);
  };
  const context = own.contexts.find((entry) => {
    const { cluster: clusterName, user: userName } = asMap(entry['context']);
    if (!isHere(clusterName) || typeof userName !== 'string' || !isOnly(own, entry.name, clusterName, userName))
      return false;
    const elsewhere = [own, ...others].flatMap(({ contexts }) => contexts.map((each) => asMap(each['context'])));
    const alone = elsewhere.every((each) => each['user'] !== userName || isHere(each['cluster']));
    return alone && isSuccessor(user, fieldsOf(own.users, userName, 'user'), cluster);
  });
  if (context === undefined) return undefined;
  const named = asMap(context['context']);
  return { context: context.name, cluster: String(named['cluster']), user: String(named['user']) };
}

/** Of several entries of a name, kubectl and kinit may take different ones. */
function isOnly(
  { contexts, clusters, users }: OwnKubeconfig,
  context: string,
  cluster: unknown,
  user: string,
): boolean {
  const once = (entries: readonly Entry[], name: unknown) => entries.filter((each) => each.name === name).length === 1;
  return once(contexts, context) && once(clusters, cluster) && once(users, user);
}

/**
 * Whether credentials may take the place of others: they are the same, or both are certificates of one subject that this
 * cluster's CA has signed. Who only shows another cluster's CA has no such certificate with its key.
 */
function isSuccessor(next: Fields, old: Fields, { 'certificate-authority-data': ca }: Fields): boolean {
  const others = Object.keys(old).filter((field) => !(field in next));
  if (others.length > 0) return false;
  if (sameFields(old, next)) return true;
  const [root] = certificatesIn(ca);
  const [after] = certificatesIn(next['client-certificate-data']);
  const [before] = certificatesIn(old['client-certificate-data']);
  if (!root || !after || !before || after.subject !== before.subject) return false;
  return [after, before].every((each) => each.checkIssued(root) && each.verify(root.publicKey));
}

function certificatesIn(data: unknown): readonly X509Certificate[] {
  if (typeof data !== 'string') return [];
  return readCertificateFile(Buffer.from(data, 'base64').toString('utf8')).certificates ?? [];
}

/**
 * `kubernetes`, `kubernetes-admin@kubernetes`; with -2, -3 ... at their ends where one of them is taken, be it only by a
 * context that names what is not there: it would point to something by then.
 */
function freeNames(all: readonly OwnKubeconfig[], { cluster, user }: KubeconfigNames): KubeconfigNames {
  const named = new Set(
    all.flatMap(({ clusters, contexts, users }) => [
      ...[...clusters, ...users].map(({ name }) => name),
      ...contexts.flatMap((entry) => {
        const { cluster: clusterName, user: userName } = asMap(entry['context']);
        return [entry.name, clusterName, userName];
      }),
    ]),
  );
  const login = user.split('@')[0] || 'kubernetes-admin';
  for (let number = 1; ; number++) {
    const name = number === 1 ? cluster : `${cluster}-${number}`;
    const full = `${login}@${name}`;
    if (!named.has(name) && !named.has(full)) return { cluster: name, user: full, context: full };
  }
}

function fieldsOf(entries: readonly Entry[], name: string, field: string): Fields {
  return asMap(entries.find((entry) => entry.name === name)?.[field]);
}

function sameFields(a: Fields, b: Fields): boolean {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.every((key) => a[key] === b[key]);
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asMap(value: unknown): Fields {
  return isMap(value) ? value : {};
}
