import type { Change } from '../../execute/change.ts';
import { controlPlaneServer, localServer } from '../../pki/kubeconfig-table.ts';
import { kubeletConf } from '../../release/paths.ts';
import { ledKubeconfigs } from '../endpoint/servers.ts';
import type { UpgradeContext } from '../upgrade-context.ts';

/** Where the kubelet of a control plane is led to its own API server, if it went by the common endpoint (kubeadm UpdateKubeletKubeconfigServer). */
export function localKubelet(context: UpgradeContext) {
  return {
    ...ledKubeconfigs,
    name: 'kubeconfig',
    title: "The kubelet's own API server",
    desired: (_: unknown, observed: Parameters<typeof ledKubeconfigs.desired>[1]): readonly Change[] => {
      if (!leads(context)) return [];
      const own = led(localServer(context.config));
      const [asked = []] = ledKubeconfigs.reads({ led: own }).commands ?? [];
      const server = observed.commands.get(asked.join('\0'))?.stdout.trim();
      return server === controlPlaneServer(context.config) ? ledKubeconfigs.desired({ led: own }, observed) : [];
    },
    reads: () => (leads(context) ? ledKubeconfigs.reads({ led: led(localServer(context.config)) }) : {}),
  };
}

function leads(context: UpgradeContext): boolean {
  return isLocal(context) && controlPlaneServer(context.config) !== localServer(context.config);
}

function led(server: string) {
  return [{ path: kubeletConf, server, readBy: { service: 'kubelet' } }];
}

function isLocal({ release, config }: UpgradeContext): boolean {
  const gate = config.cluster.featureGates['ControlPlaneKubeletLocalMode'];
  switch (release.upgrade.localKubelet) {
    case 'never':
      return false;
    case 'gated':
      return gate === true;
    case 'unless gated':
      return gate !== false;
    case 'always':
      return true;
  }
}
