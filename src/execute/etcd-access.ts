import { KinitError } from '../errors.ts';
import type { EtcdClient } from '../etcd/gateway.ts';
import type { Host } from '../host/host.ts';
import { Secret } from '../secret.ts';
import type { EtcdAccess } from './change.ts';

/** Makes clients of one etcd, of which the certificates have been read once. */
export interface EtcdDoor {
  /** A question to the servers; those of the access where none are named. */
  ask<T>(question: (client: EtcdClient) => Promise<T>, how?: AskingEtcd): Promise<T>;
}

export interface AskingEtcd {
  /** Client URLs; the first that answers is asked. */
  readonly servers?: readonly string[];
  /** Milliseconds for which servers that do not answer are asked again. */
  readonly retryForMs?: number;
  /** Milliseconds for one answer. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Milliseconds: an etcd that is stopped must not hold up the rest. */
const shortly = 3000;

/** What a client of etcd shows and trusts. */
interface Certificates {
  readonly ca: string;
  readonly client: { readonly certificate: string; readonly key: Secret };
}

/** By host and files: a join asks etcd at each of its steps, and each reading costs a round trip. */
const known = new WeakMap<Host, Map<string, Certificates>>();

/**
 * Reads the certificates on the host, once for all doors to it until etcd is not asked successfully with them; its clients dial
 * from there. Throws KinitError where one is missing.
 */
export async function etcdDoor(host: Host, access: EtcdAccess): Promise<EtcdDoor> {
  const { etcdClient } = await import('../etcd/gateway.ts');
  const place = placeOf(access);
  const ofHost = knownOf(host);
  const certificates = ofHost.get(place) ?? certificatesIn(await host.read(filesOf(access)), access, host);
  ofHost.set(place, certificates);
  return {
    async ask(question, { servers = access.servers, retryForMs = shortly, ...how } = {}) {
      const client = etcdClient({
        servers,
        ...certificates,
        dial: (target) => host.connect(target),
        retryForMs,
        ...how,
      });
      try {
        return await question(client);
      } catch (error) {
        // They may be others by now: whoever comes next reads them anew.
        ofHost.delete(place);
        throw error;
      } finally {
        client.close();
      }
    },
  };
}

/** The certificates that a door to this etcd would read on the host: none where one has read them already. */
export function unreadCertificates(host: Host, access: EtcdAccess): readonly string[] {
  return known.get(host)?.has(placeOf(access)) ? [] : filesOf(access);
}

/** Spares the doors to this etcd to read what a look at the host has brought; what is missing they miss themselves. */
export function haveRead(host: Host, access: EtcdAccess, files: ReadonlyMap<string, Buffer>): void {
  if (filesOf(access).every((path) => files.has(path)))
    knownOf(host).set(placeOf(access), certificatesIn(files, access, host));
}

/** The certificates of a host are others now: doors read them anew. */
export function forgetRead(host: Host): void {
  known.delete(host);
}

function knownOf(host: Host): Map<string, Certificates> {
  const ofHost = known.get(host) ?? new Map<string, Certificates>();
  known.set(host, ofHost);
  return ofHost;
}

const filesOf = ({ caFile, certFile, keyFile }: EtcdAccess): readonly string[] => [caFile, certFile, keyFile];
const placeOf = (access: EtcdAccess): string => filesOf(access).join('\0');

function certificatesIn(
  files: ReadonlyMap<string, Buffer>,
  { caFile, certFile, keyFile }: EtcdAccess,
  host: Host,
): Certificates {
  const text = (path: string) => {
    const content = files.get(path)?.toString('utf8');
    if (content === undefined) throw new KinitError(`etcd cannot be asked: ${path} is missing`, { host: host.name });
    return content;
  };
  return { ca: text(caFile), client: { certificate: text(certFile), key: new Secret(text(keyFile)) } };
}
