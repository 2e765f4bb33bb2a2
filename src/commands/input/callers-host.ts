import type { Host } from '../../host/host.ts';
import type { Io } from '../io.ts';
import { openTarget, type TargetFlags } from './targets.ts';

/**
 * Acts on the host behind --host, or on this machine with the caller's own rights: its files may be anywhere, as they
 * may with kubeadm.
 */
export async function withCallersHost<T>(flags: TargetFlags, io: Io, act: (host: Host) => Promise<T>): Promise<T> {
  const host =
    flags.host === undefined ? (await import('../../host/local-host.ts')).localHost() : await openTarget(flags, io);
  try {
    return await act(host);
  } finally {
    await host.close();
  }
}
