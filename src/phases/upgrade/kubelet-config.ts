import type { Arg } from '../../config/types.ts';
import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { pauseImage } from '../../manifests/images.ts';
import { instanceText, kubeletConfiguration } from '../../manifests/kubelet-configuration.ts';
import { kubeadmFlagsEnv, kubeletFlags } from '../../manifests/kubelet-flags.ts';
import { kubeletFlagsIn, upgradedKubeletFlags, withPauseImage } from '../../manifests/kubelet-flags-file.ts';
import { hasInstanceConfiguration } from '../../manifests/kubelet-host.ts';
import {
  kubeletConfigFile,
  kubeletDirectory,
  kubeletFlagsFile,
  kubeletInstanceConfigFile,
} from '../../release/paths.ts';
import { toYaml } from '../../yaml.ts';
import type { Phase } from '../phase.ts';
import type { UpgradeContext } from '../upgrade-context.ts';

/**
 * The files of this node's kubelet as the target's kubelet reads them at its next start, which is not now: its package comes
 * first (kubeadm WriteKubeletConfigFiles). Flags that stop a newer kubelet go, where kubeadm leaves them too.
 */
export const kubeletConfigUpgrade: Phase<UpgradeContext> = {
  name: 'kubelet-config',
  title: "The kubelet's configuration",
  reads: ({ folders }) => ({
    files: [kubeletConfigFile, kubeletFlagsFile, kubeletInstanceConfigFile],
    paths: [
      kubeletDirectory,
      folders.kubeletConfig,
      folders.kubeletFlags,
      `${folders.kubeletConfig}/config.yaml`,
      `${folders.kubeletFlags}/kubeadm-flags.env`,
    ],
  }),
  desired: (context, observed): readonly Change[] => [
    ...configurationWritten(context, observed),
    ...flagsWritten(context, observed),
    {
      kind: 'note',
      text: '[upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!',
    },
  ],
};

function configurationWritten(
  { config, release, folders, ...node }: UpgradeContext,
  { files }: Observed,
): readonly Change[] {
  const content = toYaml(kubeletConfiguration(config, release, node));
  const there = files.get(kubeletConfigFile);
  if (there?.content?.toString('utf8') === content) return [];
  const kept = `${folders.kubeletConfig}/config.yaml`;
  const copies: readonly Change[] =
    release.upgrade.keepsKubeletConfig && there?.type === 'file'
      ? [
          { kind: 'directory', path: folders.kubeletConfig, mode: 0o700 },
          {
            kind: 'copy',
            from: kubeletConfigFile,
            to: kept,
            says: `[upgrade] Backing up kubelet config file to ${kept}`,
          },
        ]
      : [];
  return [
    ...copies,
    {
      kind: 'file',
      path: kubeletConfigFile,
      content,
      mode: 0o644,
      says: `[kubelet-start] Writing kubelet configuration to file "${kubeletConfigFile}"`,
    },
  ];
}

function flagsWritten(context: UpgradeContext, { files }: Observed): readonly Change[] {
  const { config, release, folders } = context;
  const text = files.get(kubeletFlagsFile)?.content?.toString('utf8');
  if (text === undefined) return [];
  const before = kubeletFlagsIn(text);
  const hasInstance = hasInstanceConfiguration(release.kubelet, config.cluster.featureGates);
  const { flags: kept, socket } = upgradedKubeletFlags(before, release, hasInstance);
  const flags = context.pauseFollows ? withPauseImage(kept, wantedFlags(context)) : kept;
  const instance: readonly Change[] =
    hasInstance && files.get(kubeletInstanceConfigFile)?.type !== 'file'
      ? [
          {
            kind: 'file',
            path: kubeletInstanceConfigFile,
            content: instanceText({ containerRuntimeEndpoint: socket ?? config.nodeRegistration.criSocket }),
            mode: 0o644,
            says: `[upgrade] Writing the socket of the container runtime to file "${kubeletInstanceConfigFile}"`,
          },
        ]
      : [];
  if (JSON.stringify(flags) === JSON.stringify(before)) return instance;
  const copy = `${folders.kubeletFlags}/kubeadm-flags.env`;
  return [
    ...instance,
    { kind: 'directory', path: folders.kubeletFlags, mode: 0o700 },
    {
      kind: 'copy',
      from: kubeletFlagsFile,
      to: copy,
      says: `[upgrade] Backing up kubelet env file to ${copy}`,
    },
    { kind: 'file', path: kubeletFlagsFile, content: kubeadmFlagsEnv(flags), mode: 0o644 },
  ];
}

/** As a node that joins in this release has them. */
function wantedFlags({ config, release, hostname, ...node }: UpgradeContext): readonly Arg[] {
  const { nodeRegistration, cluster } = config;
  const { featureGates } = cluster;
  const pause = pauseImage(cluster, release);
  return kubeletFlags(nodeRegistration, release, {
    ...node,
    hostname,
    pauseImage: pause,
    registerTaints: false,
    featureGates,
  });
}
