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

/** Reads the certificates on the host; its clients dial from there. Throws KinitError where one is missing. */
export async function etcdDoor(host: Host, access: EtcdAccess): Promise<EtcdDoor> {
  const { caFile, certFile, keyFile } = access;
  const { etcdClient } = await import('../etcd/gateway.ts');
  const files = await host.read([caFile, certFile, keyFile]);
  const text = (path: string) => {
    const content = files.get(path)?.toString('utf8');
    if (content === undefined) throw new KinitError(`etcd cannot be asked: ${path} is missing`, { host: host.name });
    return content;
  };
  const [ca, certificate, key] = [text(caFile), text(certFile), new Secret(text(keyFile))];
  return {
    async ask(question, { servers = access.servers, retryForMs = shortly, ...how } = {}) {
      const client = etcdClient({
        servers,
        ca,
        client: { certificate, key },
        dial: (target) => host.connect(target),
        retryForMs,
        ...how,
      });
      try {
        return await question(client);
      } finally {
        client.close();
      }
    },
  };
}
