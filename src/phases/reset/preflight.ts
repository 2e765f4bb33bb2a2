import { exitCodes, KinitError } from '../../errors.ts';
import type { Change } from '../../execute/change.ts';
import { isIgnored } from '../../preflight/ignore.ts';
import type { Phase } from '../phase.ts';
import type { ResetContext } from './context.ts';

/** kubeadm checks for root and for nothing else. */
export const resetPreflight: Phase<ResetContext> = {
  name: 'preflight',
  title: 'Preflight checks',
  reads: () => ({}),
  desired: ({ config, facts }): readonly Change[] => {
    const note: Change = { kind: 'note', text: '[preflight] Running pre-flight checks' };
    if (facts.uid === 0) return [note];
    const problem = 'IsPrivilegedUser]: user is not running as root';
    if (isIgnored('IsPrivilegedUser', config.ignorePreflightErrors))
      return [note, { kind: 'note', warning: true, text: `\t[WARNING ${problem}` }];
    throw new KinitError(`[preflight] Some fatal errors occurred:\n\t[ERROR ${problem}`, {
      exitCode: exitCodes.preflight,
      hint: 'run it as root, or with sudo',
    });
  },
};
