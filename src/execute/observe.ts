import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { defined } from '../defined.ts';
import type { Host, Seen } from '../host/host.ts';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { KubeError } from '../kube/error.ts';
import type { SeenKey } from '../pki/existing.ts';
import { readPrivateKey } from '../pki/key-kinds.ts';
import { objectKey } from './change.ts';
import { seenEtcd, seenEtcdVersions } from './etcd.ts';
import { listKey, type ObjectRead, type Observed, type Reads } from './observed.ts';
import { seenKubeconfigs } from './seen-kubeconfigs.ts';

/**
 * What is: one round trip to the host, the API objects beside it. Private keys become their public halves here and go
 * no further; in a rehearsal they are not even read. Throws KinitError when the host or the cluster cannot be reached.
 */
export async function observe(
  host: Host,
  kube: () => Promise<KubeClient>,
  reads: Reads,
  { rehearsal = false }: { readonly rehearsal?: boolean } = {},
): Promise<Observed> {
  const pairs = reads.keyPairs ?? [];
  const keys = reads.keys ?? [];
  const keyFiles = [...pairs.map((base) => `${base}.key`), ...keys];
  const kubeconfigs = reads.kubeconfigs ?? [];
  const [seen, objects, lists, etcd, etcdVersions] = await Promise.all([
    host.observe({
      facts: reads.facts ?? false,
      files: [
        ...(reads.files ?? []),
        ...pairs.map((base) => `${base}.crt`),
        ...(rehearsal ? [] : keyFiles),
        ...kubeconfigs,
      ],
      paths: [...(reads.paths ?? []), ...(rehearsal ? keyFiles : [])],
      services: reads.services ?? [],
      commands: reads.commands ?? [],
    }),
    readObjects(kube, reads),
    readLists(kube, reads),
    reads.etcd === undefined || rehearsal ? undefined : seenEtcd(host, reads.etcd),
    rehearsal ? undefined : seenEtcdVersions(host, reads),
  ]);
  const text = (path: string) => seen.files.get(path)?.content?.toString('utf8');
  const keyAt = (path: string, counterpart: string) =>
    rehearsal ? assumedKey(seen, path, text(counterpart)) : publicHalf(text(path));
  return {
    facts: seen.facts,
    files: new Map((reads.files ?? []).flatMap((path) => entry(path, seen.files.get(path)))),
    paths: seen.paths,
    services: seen.services,
    commands: seen.commands,
    keyPairs: new Map(
      pairs.map((base) => [base, { certificate: text(`${base}.crt`), key: keyAt(`${base}.key`, `${base}.crt`) }]),
    ),
    keys: new Map(keys.flatMap((path) => entry(path, keyAt(path, path.replace(/\.key$/, '.pub'))))),
    kubeconfigs: await seenKubeconfigs(host, new Map(kubeconfigs.flatMap((path) => entry(path, text(path))))),
    objects,
    lists,
    ...defined({ etcd, etcdVersions }),
  };
}

function entry<T>(key: string, value: T | undefined): [string, T][] {
  return value === undefined ? [] : [[key, value]];
}

function publicHalf(pem: string | undefined): SeenKey | undefined {
  if (pem === undefined) return undefined;
  return readPrivateKey(pem);
}

/** A key that is not read is taken for that of the certificate or public key beside it. */
function assumedKey(seen: Seen, path: string, counterpart: string | undefined): SeenKey | undefined {
  if (seen.paths.get(path)?.type !== 'file') return undefined;
  return (counterpart === undefined ? undefined : derived(counterpart)) ?? { publicKey: unknownKey() };
}

/** The public key in, or of, a PEM text. */
function derived(pem: string): SeenKey | undefined {
  try {
    return { publicKey: createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString() };
  } catch {
    return undefined;
  }
}

/** Fits nothing. */
function unknownKey(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

async function readObjects(kube: () => Promise<KubeClient>, reads: Reads): Promise<Map<string, KubeObject>> {
  const refs = reads.objects ?? [];
  if (refs.length === 0) return new Map();
  const client = await kube();
  const look = async (ref: ObjectRead) =>
    ref.hidden === 'absent' ? client.get(ref).catch(nothingWhereForbidden) : client.get(ref);
  const found = await Promise.all(refs.map(async (ref) => [objectKey(ref), await look(ref)] as const));
  return new Map(found.flatMap(([key, object]) => entry(key, object)));
}

function nothingWhereForbidden(error: unknown): undefined {
  if (!(error instanceof KubeError) || error.status !== 403) throw error;
}

async function readLists(kube: () => Promise<KubeClient>, reads: Reads): Promise<Map<string, readonly KubeObject[]>> {
  const queries = reads.lists ?? [];
  if (queries.length === 0) return new Map();
  const client = await kube();
  return new Map(await Promise.all(queries.map(async (query) => [listKey(query), await client.list(query)] as const)));
}
