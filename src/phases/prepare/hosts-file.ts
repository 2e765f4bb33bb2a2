import type { Observed } from '../../execute/observed.ts';
import { withBlock } from '../../execute/own-lines.ts';
import { hostsLines, isOwnName } from '../../inventory/endpoint.ts';
import { adminConf, kubeletConf } from '../../release/paths.ts';
import type { Phase } from '../phase.ts';
import { isNode, isWholeNode, type PrepareContext } from './context.ts';
import { edited } from './edit.ts';

const file = '/etc/hosts';

/**
 * All nodes in /etc/hosts and the way to the API servers, in a block of kinit's. Hosts that are known by a name resolve it
 * elsewhere.
 */
export const hostsFile: Phase<PrepareContext> = {
  name: 'hosts-file',
  title: 'Hosts file',
  reads: ({ cluster, host }) => ({
    files: [file],
    ...(isOwnName(cluster.controlPlaneEndpoint) ? { commands: [serverAsked(host)] } : {}),
  }),
  desired: (context, observed) => {
    if (!context.inventory.preparation.hostsFile) return [];
    const cluster = isOfOtherName(context, observed) ? {} : context.cluster;
    const lines = hostsLines({ ...context, cluster, isNode: isWholeNode(context) });
    return edited(file, observed, (text) => withBlock(text, lines), `[hosts-file] Writing all nodes to ${file}`);
  },
};

/** Whom a node that is there speaks to; the kubelet of a control plane may have its own API server (kubeadm from 1.33 on). */
function serverAsked({ role }: PrepareContext['host']): readonly string[] {
  return ['sed', '-n', 's/^ *server: *//p', role === 'control-plane' ? adminConf : kubeletConf];
}

/** A node of a cluster that was made without kinit's name has no need of it. */
function isOfOtherName({ cluster, facts, host, converts }: PrepareContext, observed: Observed): boolean {
  if (converts || !isOwnName(cluster.controlPlaneEndpoint) || !isNode(facts)) return false;
  const server = observed.commands.get(serverAsked(host).join('\0'))?.stdout.trim() ?? '';
  return server !== '' && !isOwnName(server);
}
