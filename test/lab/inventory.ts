import { join } from 'node:path';
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
