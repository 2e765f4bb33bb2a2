import { createPublicKey, X509Certificate } from 'node:crypto';
import type { Host } from '../host/host.ts';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { readKubeconfig } from '../pki/kubeconfig.ts';
import { objectKey } from './change.ts';
import { listKey, type Observed, type Reads, type SeenKey, type SeenKubeconfig } from './observed.ts';

/**
 * What is: one round trip to the host, the API objects beside it. Private keys become their public halves here and go
 * no further. Throws KinitError when the host or the cluster cannot be reached.
 */
export async function observe(host: Host, kube: () => Promise<KubeClient>, reads: Reads): Promise<Observed> {
  const pairs = reads.keyPairs ?? [];
  const keys = reads.keys ?? [];
  const kubeconfigs = reads.kubeconfigs ?? [];
  const [seen, objects, lists] = await Promise.all([
    host.observe({
      facts: reads.facts ?? false,
      files: [
        ...(reads.files ?? []),
        ...pairs.flatMap((base) => [`${base}.crt`, `${base}.key`]),
        ...keys,
        ...kubeconfigs,
      ],
      paths: reads.paths ?? [],
      services: reads.services ?? [],
      commands: reads.commands ?? [],
    }),
    readObjects(kube, reads),
    readLists(kube, reads),
  ]);
  const text = (path: string) => seen.files.get(path)?.content?.toString('utf8');
  return {
    facts: seen.facts,
    files: new Map((reads.files ?? []).flatMap((path) => entry(path, seen.files.get(path)))),
    paths: seen.paths,
    services: seen.services,
    commands: seen.commands,
    keyPairs: new Map(
      pairs.map((base) => [base, { certificate: text(`${base}.crt`), key: publicHalf(text(`${base}.key`)) }]),
    ),
    keys: new Map(keys.flatMap((path) => entry(path, publicHalf(text(path))))),
    kubeconfigs: new Map(kubeconfigs.flatMap((path) => entry(path, kubeconfig(text(path))))),
    objects,
    lists,
  };
}

function entry<T>(key: string, value: T | undefined): [string, T][] {
  return value === undefined ? [] : [[key, value]];
}

function publicHalf(pem: string | undefined): SeenKey | undefined {
  if (pem === undefined) return undefined;
  try {
    return { publicKey: createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString() };
  } catch {
    return { problem: 'it is not a private key in PEM form' };
  }
}

function kubeconfig(content: string | undefined): SeenKubeconfig | undefined {
  if (content === undefined) return undefined;
  try {
    const read = readKubeconfig(content);
    const client = read.clientCertificate;
    return {
      server: read.server,
      ...(read.ca === undefined ? {} : { ca: read.ca }),
      ...(client === undefined ? {} : { clientCertificate: new X509Certificate(client).toString() }),
      rotates: read.clientCertificateFile !== undefined,
    };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

async function readObjects(kube: () => Promise<KubeClient>, reads: Reads): Promise<Map<string, KubeObject>> {
  const refs = reads.objects ?? [];
  if (refs.length === 0) return new Map();
  const client = await kube();
  const found = await Promise.all(refs.map(async (ref) => [objectKey(ref), await client.get(ref)] as const));
  return new Map(found.flatMap(([key, object]) => entry(key, object)));
}

async function readLists(kube: () => Promise<KubeClient>, reads: Reads): Promise<Map<string, readonly KubeObject[]>> {
  const queries = reads.lists ?? [];
  if (queries.length === 0) return new Map();
  const client = await kube();
  return new Map(await Promise.all(queries.map(async (query) => [listKey(query), await client.list(query)] as const)));
}
