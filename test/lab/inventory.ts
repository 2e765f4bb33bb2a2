import { join } from 'node:path';
import { dump } from 'js-yaml';
import type { Lab } from './lab.ts';

/** The mirror has no flannel. */
const podNetwork = join(import.meta.dirname, '..', 'e2e', 'manifests', 'pod-network.yaml');

/** What an Inventory has to say here: nothing but the lab's own mirror can be reached. */
export function inventorySettings({ version, sshKey, knownHosts, repository, registry, timeServer }: Lab): string {
  return `# In cluster.yaml, with kubernetesVersion ${version.kubernetes} and imageRepository ${registry}:
ssh: { user: root, identityFiles: [${sshKey}], knownHosts: [${knownHosts}] }
preparation: { ntpServers: [${timeServer}] }
packages: { source: '${repository.url}', gpgKeys: ['${repository.key}'] }
runtime:
  registryMirrors: { ${registry}: ['http://${registry}'], docker.io: ['http://${registry}'] }
network: { plugin: ${podNetwork} }`;
}

/** A file for the hosts that are up: one control plane, m1, and workers. */
export function clusterFile(lab: Lab): string {
  const { version } = lab;
  const lines = lab
    .hosts()
    .map(
      (host) =>
        `- { name: ${host.name}, address: ${host.address}${host.name === 'm1' ? ', role: control-plane' : ''} }`,
    );
  const cluster = {
    apiVersion: `kubeadm.k8s.io/${version.configApi}`,
    kind: 'ClusterConfiguration',
    kubernetesVersion: version.kubernetes,
    imageRepository: lab.registry,
    networking: { podSubnet: '10.244.0.0/16' },
  };
  const settings = inventorySettings(lab).split('\n').slice(1).join('\n');
  const inventory = `apiVersion: kinit.dev/v1alpha1\nkind: Inventory\nhosts:\n${lines.join('\n')}\n${settings}\n`;
  return [inventory, ...[cluster, ...version.documents].map((each) => dump(each))].join('---\n');
}
