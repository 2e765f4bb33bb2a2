import { createHash } from 'node:crypto';
import { load } from 'js-yaml';
import { certificateFacts } from './certificate-facts.ts';

export interface ApiObject {
  readonly kind: string;
  readonly type?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: unknown;
}

interface Kubeconfig {
  readonly clusters?: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  readonly users?: readonly { readonly user: Readonly<Record<string, string>> }[] | null;
}

/** A kubeconfig with its certificates by their properties, and keys and CA only by their presence. */
export function comparableKubeconfig(config: Kubeconfig): object {
  return {
    ...config,
    clusters: config.clusters?.map((entry) => ({ ...entry, cluster: named(entry.cluster) })),
    users: config.users?.map((entry) => ({ ...entry, user: named(entry.user) })),
  };
}

function named(values: Readonly<Record<string, string>>): object {
  const of = (name: string, value: string) => {
    if (name === 'client-certificate-data') return certificateFacts(decoded(value));
    return name.endsWith('-data') ? 'DATA' : value;
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, of(name, value)]));
}

/** An object with its name; what a cluster adds is left out, documents inside it are compared as documents, secrets decoded, times relative to `made`. */
export function comparableObject({ status: _, ...object }: ApiObject, made: number): readonly [string, unknown] {
  const { kind, metadata } = object;
  const name = [kind, metadata.namespace, metadata.name].filter((part) => part !== undefined).join('/');
  if (kind === 'ConfigMap') return [name, withDocuments(object)];
  return object.type === 'bootstrap.kubernetes.io/token' ? comparableToken(name, object, made) : [name, object];
}

function withDocuments(object: ApiObject): object {
  const { annotations = {} } = object.metadata;
  const data = object.data ?? {};
  const right = `sha256:${createHash('sha256')
    .update(
      Object.keys(data)
        .toSorted()
        .map((key) => data[key])
        .join(''),
    )
    .digest('hex')}`;
  const hash = 'kubeadm.kubernetes.io/component-config.hash';
  const shown = annotations[hash] === right ? 'of its data' : annotations[hash];
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, ...(shown ? { [hash]: shown } : {}) } },
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, document(key, text)])),
  };
}

function document(key: string, text: string): unknown {
  if (key === 'Corefile') return text;
  const parsed = load(text) as object;
  return key.startsWith('kubeconfig') ? comparableKubeconfig(parsed) : parsed;
}

/** Its lifetime in tenths of an hour instead of the time of expiry; a token that the tool made up goes by no name. */
function comparableToken(name: string, { metadata, ...object }: ApiObject, made: number): readonly [string, unknown] {
  const data = Object.fromEntries(Object.entries(object.data ?? {}).map(([key, value]) => [key, decoded(value)]));
  const { expiration, 'token-id': id, 'token-secret': secret, ...rest } = data;
  const lifetime = expiration === undefined ? undefined : Math.round((Date.parse(expiration) - made) / 360_000);
  if (secret !== namedSecret) return ['a new token', { ...object, data: { ...rest, lifetime } }];
  return [name, { ...object, metadata, data: { ...rest, id, lifetime } }];
}

/** Of every token that a configuration names. */
export const namedSecret = '0123456789abcdef';

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString();
