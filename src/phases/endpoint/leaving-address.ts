import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { kubeVipName } from '../../manifests/kube-vip.ts';
import { staticPodFile } from '../../release/paths.ts';
import { endedProcess } from './ended-process.ts';

/** Of kube-vip on a control plane: to be looked for (`paths`) before its API server begins anew. */
export const kubeVipFile = staticPodFile(kubeVipName);

/**
 * kube-vip begun anew on a control plane of which the API server is about to: as it ends it leaves the virtual address to another
 * one, which otherwise waits until its Lease is over. It reads admin.conf when it begins, too.
 */
export function leavingAddress({ paths }: Pick<Observed, 'paths'>): readonly Change[] {
  if (paths.get(kubeVipFile)?.type !== 'file') return [];
  return [
    { kind: 'command', argv: endedProcess('kube-vip'), what: 'ending kube-vip, which begins anew', optional: true },
  ];
}
