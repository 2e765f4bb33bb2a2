import { kubeletConf } from '../../release/paths.ts';
import { type LedKubeconfig, ledKubeconfigs } from '../endpoint/servers.ts';
import type { JoinContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';

/** A node that joined before its cluster had an endpoint goes by that from now on; where the file leads the nodes. */
export const ownServer: Phase<JoinContext> = {
  ...ledKubeconfigs,
  name: 'own-server',
  reads: (context) => ledKubeconfigs.reads({ led: ledBy(context) }),
  desired: (context, observed) => ledKubeconfigs.desired({ led: ledBy(context) }, observed),
};

function ledBy({ balancing, server }: JoinContext): readonly LedKubeconfig[] {
  return balancing?.way === undefined ? [] : [{ path: kubeletConf, server, readBy: { service: 'kubelet' } }];
}
