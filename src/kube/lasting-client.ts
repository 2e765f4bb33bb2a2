import { KinitError } from '../errors.ts';
import type { KubeClient } from './client.ts';

/** A client that is opened at its first use. */
export interface LastingClient {
  /** Rejects as `open` does (the next call tries again), and with KinitError once it is closed. */
  client(): Promise<KubeClient>;
  /** Final: also closes the client that is just being opened. */
  close(): void;
}

/** Opens a client once, at its first use. */
export function lastingClient(open: () => Promise<KubeClient>): LastingClient {
  let opened: Promise<KubeClient> | undefined;
  let closed = false;
  return {
    async client() {
      if (closed) throw new KinitError('the cluster is not asked any more: the run is over');
      if (opened === undefined) {
        const opening = open();
        opened = opening;
        opening.catch(() => {
          if (opened === opening) opened = undefined;
        });
      }
      return opened;
    },
    close() {
      closed = true;
      opened?.then((client) => client.close()).catch(() => {});
    },
  };
}
