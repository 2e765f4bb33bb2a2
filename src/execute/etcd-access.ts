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
  const place = [access.caFile, access.certFile, access.keyFile].join('\0');
  const ofHost = known.get(host) ?? new Map<string, Certificates>();
  known.set(host, ofHost);
  const certificates = ofHost.get(place) ?? (await certificatesOn(host, access));
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

async function certificatesOn(host: Host, { caFile, certFile, keyFile }: EtcdAccess): Promise<Certificates> {
  const files = await host.read([caFile, certFile, keyFile]);
  const text = (path: string) => {
    const content = files.get(path)?.toString('utf8');
    if (content === undefined) throw new KinitError(`etcd cannot be asked: ${path} is missing`, { host: host.name });
    return content;
  };
  return { ca: text(caFile), client: { certificate: text(certFile), key: new Secret(text(keyFile)) } };
}
