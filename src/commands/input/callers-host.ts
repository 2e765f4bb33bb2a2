import type { Host } from '../../host/host.ts';
import type { Io } from '../io.ts';
import { openTarget, type TargetFlags } from './targets.ts';

/**
 * The host behind --host, or this machine with the caller's own rights: its files may be anywhere, as they may with kubeadm.
 * Throws KinitError.
 */
export async function openCallersHost(flags: TargetFlags, io: Io): Promise<Host> {
  if (flags.host !== undefined) return openTarget(flags, io);
  const { localHost } = await import('../../host/local-host.ts');
  return localHost();
}
