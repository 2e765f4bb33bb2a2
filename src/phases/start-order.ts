import type { Decided } from '../execute/decided.ts';
import { manifestsDirectory, staticPodFile } from '../release/paths.ts';

/**
 * The same, with the waves in which a control plane waits for its files: the kubelet takes its time to look for static
 * pods, the API server waits for etcd, and everything else waits for the API server. Nobody waits for a key of others.
 */
export function inStartOrder(decided: readonly Decided[]): readonly Decided[] {
  return decided.map((one) => ({ ...one, wave: waveOf(one) }));
}

const waves = { kubelet: 0, etcd: 1, apiServer: 2, others: 3 } as const;

/** A CA is never in a later wave than what it signs, a manifest never in an earlier one than what its pod reads. */
function waveOf({ phase, change }: Decided): number {
  if (phase === 'kubelet-start') return waves.kubelet;
  switch (change.kind) {
    case 'certificate':
      if (change.spec.path === 'ca') return waves.kubelet;
      return change.spec.path.startsWith('etcd/') ? waves.etcd : waves.apiServer;
    case 'key-pair':
      return waves.apiServer;
    case 'kubeconfig':
      // By the CA and admin.conf the next run knows a control plane that was killed half-way for its own.
      return /\/(?:kubelet|admin)\.conf$/.test(change.path) ? waves.kubelet : waves.others;
    case 'directory':
      return phase === 'etcd' && change.path !== manifestsDirectory ? waves.etcd : waves.kubelet;
    case 'file':
      if (phase === 'etcd') return waves.etcd;
      return change.path === staticPodFile('kube-apiserver') ? waves.apiServer : waves.others;
    default:
      return waves.others;
  }
}
