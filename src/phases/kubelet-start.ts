import type { Change } from '../execute/change.ts';
import { pauseImage } from '../manifests/images.ts';
import { kubeletConfiguration, kubeletInstanceConfiguration } from '../manifests/kubelet-configuration.ts';
import { kubeletFlags } from '../manifests/kubelet-flags.ts';
import type { InitContext } from './context.ts';
import { kubeletFileChanges, kubeletReads, kubeletRunning } from './kubelet-files.ts';
import type { Phase } from './phase.ts';

/** The kubelet's configuration and flags, and the kubelet running under systemd with them. */
export const kubeletStart: Phase<InitContext> = {
  name: 'kubelet-start',
  title: 'Kubelet',
  reads: () => kubeletReads,
  desired: (context, observed): readonly Change[] => {
    const { config, release } = context;
    const files = {
      configuration: kubeletConfiguration(config, release, context),
      instance: kubeletInstanceConfiguration(config.nodeRegistration, release, config.cluster.featureGates),
      flags: kubeletFlags(config.nodeRegistration, release, {
        ...context,
        pauseImage: pauseImage(config.cluster, release),
        registerTaints: false,
        featureGates: config.cluster.featureGates,
      }),
    };
    return [...kubeletFileChanges(files, observed), kubeletRunning()];
  },
};
