import { showAgain } from '../../src/execute/shown-again.ts';
import type { LabHost } from '../lab/host.ts';
import { on } from './kit.ts';

/**
 * The real kubeadm on a host; gives stdout, throws with stderr when it fails. A kubelet of v1.20 that is just starting
 * sometimes refuses etcd, for which kubeadm has no cure: here it gets kinit's.
 */
export async function kubeadm(host: LabHost, ...argv: readonly string[]): Promise<string> {
  const over = new AbortController();
  const watched = showAgain({ run: (command) => host.run(command) }, over.signal);
  try {
    return await on(host, 'kubeadm', ...argv);
  } finally {
    over.abort();
    await watched;
  }
}
