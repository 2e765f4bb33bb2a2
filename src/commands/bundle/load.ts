import { resolve } from 'node:path';
import type { Bundle } from '../../bundle/bundle-file.ts';
import type { BundleLock } from '../../bundle/lock.ts';
import type { VerifyingKey } from '../../bundle/signature.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Host } from '../../host/host.ts';
import { slots } from '../../host/slots.ts';
import type { InventoryHost } from '../../inventory/types.ts';
import { type EachHostFlags, hasManyHosts, onEachHost, positive } from '../each-host.ts';
import { type WantedImages, wantedImages } from '../images/flags.ts';
import { type Io, tell } from '../io.ts';
import { inQuietSession, inSession } from '../session.ts';
import { readVerifyingKey } from './key.ts';
import { bundleSummary } from './summary.ts';

/** `kinit bundle verify`. Throws KinitError: foreign, truncated, tampered with, not signed with --key. */
export async function runVerify(file: string, flags: { readonly key?: string }, io: Io): Promise<void> {
  const { openVerifiedBundle } = await import('../../bundle/bundle-file.ts');
  const key = await readVerifyingKey({ flag: flags.key, name: '--key' }, undefined, io);
  await inQuietSession(io, async (session) => {
    const bundle = session.closing(await openVerifiedBundle(resolve(io.cwd, file), key));
    tell(io, `${file}: ${bundleSummary(bundle.lock)}${signedWords(bundle, key)}\n`);
  });
}

function signedWords({ signer }: Bundle, key: VerifyingKey | undefined): string {
  if (key !== undefined) return `, signed with ${key.fingerprint}`;
  return signer === undefined ? ', not signed' : `, says that it is signed with ${signer}: --key FILE checks that`;
}

export interface LoadFlags extends EachHostFlags {
  readonly config?: string;
  readonly criSocket?: string;
  readonly key?: string;
  readonly workers?: boolean;
  readonly parallelUploads?: string;
  readonly [flag: string]: unknown;
}

/** `kinit bundle load`. Throws KinitError; the bundle is verified before a host is looked at. */
export async function runBundleLoad(
  file: string,
  flags: LoadFlags,
  io: Io,
  exit: (code: number) => void,
): Promise<void> {
  const { withLock } = await import('../../host/lock/lock.ts');
  const { loadBundle } = await import('../../workflows/images/load-bundle.ts');
  const { asIfRunning } = await import('../../phases/runtime-tool.ts');
  const { on } = await import('../../execute/target.ts');
  const uploads = slots(positive('--parallel-uploads', flags.parallelUploads ?? '4'));
  const { openVerifiedBundle } = await import('../../bundle/bundle-file.ts');
  const { inventory } = flags.config === undefined ? {} : await wantedImages(flags, io);
  const key = await readVerifyingKey({ flag: flags.key, name: '--key' }, inventory, io);
  const manyHosts = hasManyHosts(flags, inventory);
  await inSession({ flags, io, exit, manyHosts }, async (session) => {
    const bundle = session.closing(await openVerifiedBundle(resolve(io.cwd, file), key));
    const { lock, digest, source } = bundle;
    const { release, configFor } = await configurationFor(lock, flags, io);
    const criSocket = (facts: Facts) => configFor(asIfRunning(facts)).nodeRegistration.criSocket;
    const work = async (host: Host, entry?: InventoryHost) => {
      const role = entry?.role ?? (flags.workers ? 'worker' : 'control-plane');
      const target = on({ ...session.run, uploads }, { host, release });
      const context = { lock, digest, source, criSocket, role };
      const changed = await withLock(host, 'kinit bundle load', () => loadBundle(context, target));
      return changed.length === 0 ? 'everything was there' : `Kubernetes ${lock.kubernetesVersion} loaded`;
    };
    return onEachHost(flags, io, session, work, inventory);
  });
}

/** Without a configuration, what the bundle itself is for. */
function configurationFor({ kubernetesVersion }: BundleLock, flags: LoadFlags, io: Io): Promise<WantedImages> {
  return wantedImages(flags.config === undefined ? { ...flags, kubernetesVersion } : flags, io);
}
