import type { Change } from '../execute/change.ts';
import { kubeconfigTable } from '../pki/kubeconfig-table.ts';
import { kubernetesDirectory } from '../release/paths.ts';
import type { ControlPlaneContext } from './context.ts';
import type { Phase } from './phase.ts';

/** admin.conf and the kubeconfigs of the kubelet, the controller manager and the scheduler. */
export const kubeconfig: Phase<ControlPlaneContext> = {
  name: 'kubeconfig',
  title: 'Kubeconfigs',
  steps: ['admin', 'super-admin', 'kubelet', 'controller-manager', 'scheduler'],
  reads: ({ config, release, kubeconfigDirectory: directory = kubernetesDirectory }) => ({
    kubeconfigs: kubeconfigTable(config, release).map(({ file }) => `${directory}/${file}`),
    keyPairs: [`${config.cluster.certificatesDir}/ca`],
  }),
  desired: ({ config, release, kubeconfigDirectory: directory = kubernetesDirectory }) => [
    { kind: 'note', text: `[kubeconfig] Using kubeconfig folder "${directory}"` },
    ...kubeconfigTable(config, release).map(
      (entry): Change => ({
        kind: 'kubeconfig',
        step: entry.name,
        path: `${directory}/${entry.file}`,
        directory: config.cluster.certificatesDir,
        clusterName: config.cluster.clusterName,
        server: entry.server,
        user: entry.user,
        client: entry.client,
        preferences: entry.preferences,
        says: `[kubeconfig] Writing "${entry.file}" kubeconfig file`,
      }),
    ),
  ],
};
