import { parseAddress } from '../../config/network.ts';
import { withBlock } from '../../execute/own-lines.ts';
import type { Phase } from '../phase.ts';
import type { PrepareContext } from './context.ts';
import { edited } from './edit.ts';

const file = '/etc/hosts';

/** All nodes in /etc/hosts, in a block of kinit's. Hosts that are known by a name resolve it elsewhere. */
export const hostsFile: Phase<PrepareContext> = {
  name: 'hosts-file',
  title: 'Hosts file',
  reads: () => ({ files: [file] }),
  desired: ({ inventory }, observed) => {
    if (!inventory.preparation.hostsFile) return [];
    const lines = inventory.hosts.flatMap(({ address, name }) => (parseAddress(address) ? [`${address} ${name}`] : []));
    return edited(file, observed, (text) => withBlock(text, lines), `[hosts-file] Writing all nodes to ${file}`);
  },
};
