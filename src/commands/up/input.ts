import { resolve } from 'node:path';
import type { Bundle } from '../../bundle/bundle-file.ts';
import type { KinitError } from '../../errors.ts';
import type { Run } from '../../execute/run.ts';
import type { Host } from '../../host/host.ts';
import type { Inventory, InventoryHost } from '../../inventory/types.ts';
import type { Dialled, Pruning, UpInput } from '../../workflows/cluster/up/up-input.ts';
import { wantedCluster } from '../../workflows/cluster/up/wanted-cluster.ts';
import { agree } from '../down/run.ts';
import { positive } from '../each-host.ts';
import { readPatchFiles } from '../input/files.ts';
import {
  type InventoryDialer,
  type InventoryFile,
  type InventoryFlags,
  inventoryDialer,
} from '../input/inventory-file.ts';
import { networkChoice } from '../input/network-choice.ts';
import { versionOf } from '../input/version-label.ts';
import type { Io } from '../io.ts';

/** The flags of `kinit up` and `kinit plan`. */
export interface UpFlags extends InventoryFlags {
  readonly allowUnverified?: boolean;
  readonly all?: boolean;
  readonly bundle?: string | readonly string[];
  readonly bundleKey?: string;
  readonly ignorePreflightErrors?: readonly string[];
  readonly output?: string;
  readonly parallel?: string;
  readonly prune?: boolean;
  readonly timeout?: string;
  readonly yes?: boolean;
}

/** What `up` works on, and how its connections are closed. */
export interface UpParts {
  readonly input: UpInput;
  /** In the order of --bundle; `up` has one at the most. */
  readonly bundles: readonly Bundle[];
  close(): Promise<void>;
}

/** Everything that a file and flags ask of `up`. Throws InputError with all that is wrong before any host is dialled. */
export async function upParts(
  { documents, inventory }: InventoryFile,
  flags: UpFlags,
  io: Io,
  run: Run,
): Promise<UpParts> {
  const warn = (text: string) => run.reporter.report({ type: 'warning', host: 'kinit', text });
  const wanted = await wantedCluster(documents, inventory, { ...flags, versionOf, warn });
  const { patchFolders } = wanted;
  const { plugin, imageRepository } = inventory.network;
  const place = documents.inventory.placeOf(['network', 'plugin']);
  const dialer = await inventoryDialer(inventory, flags, io);
  const { dial, close } = dialing(dialer, wanted);
  const bundles = await openBundles([flags.bundle ?? []].flat(), flags, inventory, io);
  const [bundle] = bundles;
  return {
    bundles,
    input: {
      ...wanted,
      network: await networkChoice({ wish: plugin, place, imageRepository }, io),
      patches: {
        controlPlanes: await readPatchFiles(patchFolders.controlPlanes, io, warn),
        workers: await readPatchFiles(patchFolders.workers, io, warn),
      },
      dial,
      ...(bundle ? { bundle } : {}),
      run,
      parallel: positive('--parallel', flags.parallel ?? '32'),
      readyDeadline: positive('--timeout', flags.timeout ?? '300'),
      everything: flags.all === true,
      allowUnverified: flags.allowUnverified === true,
      ...(flags.prune ? { pruning: pruningOf(flags, io, dialer) } : {}),
    },
    async close() {
      await close();
      await Promise.all(bundles.map((one) => one.close()));
    },
  };
}

/** Hosts of the file, dialled by it and kept until the end. */
function dialing(
  dialer: InventoryDialer,
  { entryOf }: Pick<UpInput, 'entryOf'>,
): Pick<UpInput, 'dial'> & { close(): Promise<void> } {
  const opened: Host[] = [];
  let isClosed = false;
  return {
    async dial(wanted): Promise<Dialled> {
      const { hosts, failures } = await dialer(wanted.map(entryOf));
      opened.push(...hosts.map(({ host }) => host));
      // One that is there only after the end is not for anybody.
      if (isClosed) await Promise.all(hosts.map(({ host }) => host.close()));
      const hostOf = ({ name }: InventoryHost) => {
        const one = wanted.find((host) => host.name === name);
        if (one === undefined) throw new Error(`nobody dialled ${name}`);
        return one;
      };
      return {
        machines: hosts.map(({ entry, host }) => ({ entry: hostOf(entry), host })),
        failures: failures.map(({ entry, error }) => ({ entry: hostOf(entry), error })),
      };
    },
    async close() {
      isClosed = true;
      dialer.close();
      await Promise.all(opened.map((host) => host.close()));
    },
  };
}

/** How nodes leave; their hosts are dialled with what the file says of SSH for all hosts. */
function pruningOf(flags: UpFlags, io: Io, dialer: InventoryDialer): Pruning {
  return {
    drainDeadline: 60,
    agree: (nodes) => agree(`what the file no longer has: ${nodes.join(', ')}`, flags, io),
    async dial(name, address): Promise<Host | KinitError> {
      const { hosts, failures } = await dialer([{ name, address, role: 'worker', labels: {}, taints: [], ssh: {} }]);
      const found = hosts[0]?.host ?? failures[0]?.error;
      if (found === undefined) throw new Error(`neither ${name} nor a failure`);
      return found;
    },
  };
}

/** Throws KinitError, exit 6, where a key is configured and one of them is not signed with it. */
async function openBundles(
  files: readonly string[],
  flags: UpFlags,
  inventory: Inventory,
  io: Io,
): Promise<readonly Bundle[]> {
  if (files.length === 0) return [];
  const { openVerifiedBundle } = await import('../../bundle/bundle-file.ts');
  const { readVerifyingKey } = await import('../bundle/key.ts');
  const key = await readVerifyingKey({ flag: flags.bundleKey, name: '--bundle-key' }, inventory, io);
  const opened: Bundle[] = [];
  try {
    for (const file of files) opened.push(await openVerifiedBundle(resolve(io.cwd, file), key));
  } catch (error) {
    await Promise.all(opened.map((one) => one.close()));
    throw error;
  }
  return opened;
}
