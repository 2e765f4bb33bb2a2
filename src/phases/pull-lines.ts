import type { Change } from '../execute/change.ts';
import type { Release } from '../release/release.ts';

/** kubeadm's lines before images are pulled, which it prints where none is missing too. */
export function pullLines({ lines }: Release): readonly Change[] {
  return [
    '[preflight] Pulling images required for setting up a Kubernetes cluster',
    '[preflight] This might take a minute or two, depending on the speed of your internet connection',
    lines.pullBeforehand,
  ].map((text): Change => ({ kind: 'note', text }));
}
