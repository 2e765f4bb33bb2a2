import { quoteAll } from '../../host/shell/quote.ts';
import type { DrainChange } from '../change.ts';
import { performDrain } from '../perform-drain.ts';
import { type Kind, told, unseen } from './kind.ts';

/** A node that its pods leave, or that takes pods again. */
export const drain: Kind<DrainChange> = {
  before: unseen.before,
  holds: () => false,
  performed: { by: 'itself', perform: performDrain },
  rehearsed: told,
  words: ({ node, how }) => (how === 'back' ? `giving node ${node} back to the scheduler` : `draining node ${node}`),
  entries: ({ node, how }) => [
    {
      action: 'update',
      what: `Node ${node}: ${how === 'back' ? 'takes pods' : 'no new pods, and those on it evicted'}`,
    },
  ],
  script: ({ node, how, deadline }) => [
    quoteAll(
      how === 'back'
        ? ['kubectl', 'uncordon', node]
        : [
            'kubectl',
            'drain',
            node,
            '--ignore-daemonsets',
            '--delete-emptydir-data',
            '--force',
            `--timeout=${deadline}s`,
          ],
    ),
  ],
  // A node that somebody else has cordoned stays so; who goes on without looking at it takes nothing back.
  undo: ({ node, how }, { objects }) => {
    const live = objects.get(`Node//${node}`);
    const { unschedulable = false } = (live?.['spec'] ?? {}) as { readonly unschedulable?: boolean };
    return how !== 'back' && live !== undefined && !unschedulable ? [{ kind: 'cordoned', node }] : [];
  },
};
