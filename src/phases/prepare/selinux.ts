import type { Change } from '../../execute/change.ts';
import type { Phase } from '../phase.ts';
import type { PrepareContext } from './context.ts';
import { edited } from './edit.ts';

const file = '/etc/selinux/config';

/** https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/ (Set SELinux to permissive mode) */
export const selinux: Phase<PrepareContext> = {
  name: 'selinux',
  title: 'SELinux',
  reads: () => ({ files: [file] }),
  desired: ({ inventory, facts }, observed): readonly Change[] => {
    if (inventory.preparation.selinux === 'leave') return [];
    const permissive = (text: string) => text.replaceAll(/^SELINUX=enforcing\b/gm, 'SELINUX=permissive');
    const now: Change = {
      kind: 'command',
      argv: ['setenforce', '0'],
      undo: ['setenforce', '1'],
      says: '[selinux] Making SELinux permissive',
    };
    return [
      ...edited(file, observed, permissive, `[selinux] Making SELinux permissive in ${file}`),
      ...(facts.selinux === 'enforcing' ? [now] : []),
    ];
  },
};
