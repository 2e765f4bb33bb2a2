import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { defined } from '../defined.ts';
import type { Host, Seen } from '../host/host.ts';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { KubeError } from '../kube/error.ts';
import type { SeenKey } from '../pki/existing.ts';
import { readPrivateKey } from '../pki/key-kinds.ts';
import { type EtcdAccess, objectKey } from './change.ts';
import { seenEtcd, seenEtcdVersions } from './etcd.ts';
import { haveRead, unreadCertificates } from './etcd-access.ts';
import { listKey, mergeReads, type ObjectRead, type Observed, type Reads, type SeenEtcd } from './observed.ts';
import { seenKubeconfigs } from './seen-kubeconfigs.ts';

/**
 * What is: one round trip to the host, the API objects beside it. Private keys become their public halves here and go
 * no further; in a rehearsal they are not even read. Throws KinitError when the host or the cluster cannot be reached.
 */
export async function observe(
  host: Host,
  kube: () => Promise<KubeClient>,
  wanted: Reads,
  { rehearsal = false }: { readonly rehearsal?: boolean } = {},
): Promise<Observed> {
  const reads = rehearsal ? wanted : mergeReads([wanted, wanted.running ?? {}]);
  const keyKind = rehearsal ? assumedKeys : readKeys;
  const pairs = reads.keyPairs ?? [];
  const keys = reads.keys ?? [];
  const keyFiles = [...pairs.map((base) => `${base}.key`), ...keys];
  const kubeconfigs = reads.kubeconfigs ?? [];
  const unread = reads.etcd === undefined ? [] : unreadCertificates(host, reads.etcd);
  const look = host.observe({
    facts: reads.facts ?? false,
    files: [
      ...(reads.files ?? []),
      ...pairs.map((base) => `${base}.crt`),
      ...keyKind.files(keyFiles),
      ...kubeconfigs,
      ...unread,
    ],
    paths: [...(reads.paths ?? []), ...keyKind.paths(keyFiles)],
    services: reads.services ?? [],
    commands: reads.commands ?? [],
  });
  const [seen, objects, lists, etcd, etcdVersions] = await Promise.all([
    look,
    readObjects(kube, reads),
    readLists(kube, reads),
    reads.etcd === undefined ? undefined : etcdBy(unread.length > 0 ? look : undefined, host, reads.etcd),
    seenEtcdVersions(host, reads),
  ]);
  const text = (path: string) => textOf(seen, path);
  return {
    facts: seen.facts,
    files: new Map((reads.files ?? []).flatMap((path) => entry(path, seen.files.get(path)))),
    paths: seen.paths,
    services: seen.services,
    commands: seen.commands,
    keyPairs: new Map(
      pairs.map((base) => [
        base,
        { certificate: text(`${base}.crt`), key: keyKind.seen(seen, `${base}.key`, `${base}.crt`) },
      ]),
    ),
    keys: new Map(keys.flatMap((path) => entry(path, keyKind.seen(seen, path, path.replace(/\.key$/, '.pub'))))),
    kubeconfigs: await seenKubeconfigs(host, new Map(kubeconfigs.flatMap((path) => entry(path, text(path))))),
    objects,
    lists,
    ...defined({ etcd, etcdVersions }),
  };
}

/** With the certificates that the look brings, where it was asked for them. */
async function etcdBy(look: Promise<Seen> | undefined, host: Host, access: EtcdAccess): Promise<SeenEtcd> {
  const seen = await look;
  const files = [...(seen?.files ?? [])].flatMap(([path, { content }]) => entry(path, content));
  haveRead(host, access, new Map(files));
  return seenEtcd(host, access);
}

/** How private keys are looked at. */
interface KeyLook {
  /** What is read of them. */
  files(keys: readonly string[]): readonly string[];
  /** What is only looked at. */
  paths(keys: readonly string[]): readonly string[];
  /** A key, as its public half; beside it stands its certificate or public key. */
  seen(seen: Seen, path: string, counterpart: string): SeenKey | undefined;
}

const readKeys: KeyLook = {
  files: (keys) => keys,
  paths: () => [],
  seen(seen, path) {
    const pem = textOf(seen, path);
    return pem === undefined ? undefined : readPrivateKey(pem);
  },
};

/** A key that is not read is taken for that of the certificate or public key beside it. */
const assumedKeys: KeyLook = {
  files: () => [],
  paths: (keys) => keys,
  seen(seen, path, counterpart) {
    if (seen.paths.get(path)?.type !== 'file') return undefined;
    const beside = textOf(seen, counterpart);
    return (beside === undefined ? undefined : derived(beside)) ?? { publicKey: unknownKey() };
  },
};

function textOf(seen: Seen, path: string): string | undefined {
  return seen.files.get(path)?.content?.toString('utf8');
}

function entry<T>(key: string, value: T | undefined): [string, T][] {
  return value === undefined ? [] : [[key, value]];
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
