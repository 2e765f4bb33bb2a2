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
  words: ({ node, how }) => (how === 'drained' ? `draining node ${node}` : `giving node ${node} back to the scheduler`),
  entries: ({ node, how }) => [
    {
      action: 'update',
      what: `Node ${node}: ${how === 'drained' ? 'no new pods, and those on it evicted' : 'takes pods'}`,
    },
  ],
  script: ({ node, how, deadline }) => [
    quoteAll(
      how === 'drained'
        ? [
            'kubectl',
            'drain',
            node,
            '--ignore-daemonsets',
            '--delete-emptydir-data',
            '--force',
            `--timeout=${deadline}s`,
          ]
        : ['kubectl', 'uncordon', node],
    ),
  ],
  // A node that somebody else has cordoned stays so; who goes on without looking at it takes nothing back.
  undo: ({ node, how }, { objects }) => {
    const live = objects.get(`Node//${node}`);
    const { unschedulable = false } = (live?.['spec'] ?? {}) as { readonly unschedulable?: boolean };
    return how === 'drained' && live !== undefined && !unschedulable ? [{ kind: 'cordoned', node }] : [];
  },
};
