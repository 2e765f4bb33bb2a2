import type { Change } from '../../execute/change.ts';
import type { Phase } from '../phase.ts';
import type { PrepareContext } from './context.ts';
import { edited } from './edit.ts';

const fstab = '/etc/fstab';

/** No swap, now and after the next boot: the kubelet refuses it unless told otherwise. */
export const swap: Phase<PrepareContext> = {
  name: 'swap',
  title: 'Swap',
  reads: () => ({ files: [fstab] }),
  desired: ({ inventory, facts }, observed): readonly Change[] => {
    if (inventory.preparation.swap === 'leave') return [];
    const off: Change = {
      kind: 'command',
      argv: ['swapoff', '-a'],
      undo: ['swapon', ...facts.swaps],
      says: `[swap] Switching off ${facts.swaps.join(', ')}`,
      advice: 'swap that is in use needs as much free memory to be switched off',
    };
    return [
      ...edited(fstab, observed, withoutSwap, `[swap] Commenting the swap out in ${fstab}`),
      ...(facts.swaps.length > 0 ? [off] : []),
    ];
  },
};

/** fstab(5): the third field of a line is the type. */
function withoutSwap(text: string): string {
  return text.replaceAll(/^[^#\S\n]*[^#\s]\S*[^\S\n]+\S+[^\S\n]+swap(?![^\s,]).*$/gm, (line) => `#${line}`);
}
