import type { Phase } from '../phase.ts';
import { isNode, type PrepareContext } from './context.ts';

const file = '/etc/hostname';

/** The hostname is the node's name. */
export const hostname: Phase<PrepareContext> = {
  name: 'hostname',
  title: 'Hostname',
  reads: () => ({ files: [file] }),
  desired: ({ inventory, host, facts }) => {
    if (!inventory.preparation.hostname || facts.hostname === host.name) return [];
    if (isNode(facts)) {
      const text = `the hostname stays ${facts.hostname}, not ${host.name}: this host is a node already`;
      return [{ kind: 'note', warning: true, text }];
    }
    return [
      {
        kind: 'command',
        argv: ['hostnamectl', 'set-hostname', host.name],
        undo: ['hostnamectl', 'set-hostname', facts.hostname],
        rewrites: [file],
        says: `[hostname] Changing ${facts.hostname} to ${host.name}`,
      },
    ];
  },
};
