import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InventoryHost } from '../../inventory/types.ts';
import type { AskedHost } from '../../workflows/cluster/status.ts';

type Dialling = (
  entries: readonly InventoryHost[],
) => Promise<readonly { readonly entry: InventoryHost; readonly opening: Promise<Host | KinitError> }[]>;

/** Hosts that are looked at more than once. */
export interface KeptHosts {
  /** All of them, over connections that stay: who was not reached, or answers no more, is dialled again. */
  asked(): Promise<readonly AskedHost[]>;
  close(): Promise<void>;
}

/** The hosts of a file, each dialled once for as long as it answers. */
export function keptHosts(entries: readonly InventoryHost[], dial: Dialling): KeptHosts {
  const open = new Map<string, Promise<Host | KinitError>>();
  return {
    async asked() {
      await Promise.all(
        [...open].map(async ([name, opening]) => ((await answers(opening)) ? undefined : open.delete(name))),
      );
      const dialled = await dial(entries.filter(({ name }) => !open.has(name)));
      for (const { entry, opening } of dialled) open.set(entry.name, opening);
      return entries.map(
        ({ name, role }): AskedHost => ({ name, role, reached: open.get(name) as Promise<Host | KinitError> }),
      );
    },
    async close() {
      const opened = await Promise.allSettled(open.values());
      await Promise.all(
        opened.map(async (one) => {
          if (one.status === 'fulfilled' && !(one.value instanceof KinitError)) await one.value.close();
        }),
      );
    },
  };
}

/** Whether a host that was dialled is there still; one that hangs up is closed, and no more of it is kept. */
async function answers(opening: Promise<Host | KinitError>): Promise<boolean> {
  const host = await opening;
  if (host instanceof KinitError) return false;
  try {
    await host.observe({ paths: ['/'] });
    return true;
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    await host.close().catch(() => {});
    return false;
  }
}
