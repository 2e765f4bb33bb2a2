import { seconds } from '../config/duration.ts';
import type { ControlPlaneConfig } from '../config/types.ts';
import { schedulerConf as kubeconfig } from '../release/paths.ts';
import { schedulerPort } from '../release/ports.ts';
import type { Release } from '../release/release.ts';
import { argumentText, argumentValue, mergeArguments } from './arguments.ts';
import { defaultArguments, dualStackGate } from './default-arguments.ts';
import { file, withExtraVolumes } from './host-path-mounts.ts';
import { componentImage } from './images.ts';
import { probeHost } from './probe-host.ts';
import { type StaticPod, staticPod } from './static-pod.ts';
import { environment, type StaticPodHost } from './static-pod-host.ts';

/** The static pod of kube-scheduler. */
export function kubeSchedulerPod(config: ControlPlaneConfig, release: Release, host: StaticPodHost): StaticPod {
  const { cluster } = config;
  const { extraArgs, extraEnvs, extraVolumes } = cluster.scheduler;
  const args = {
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'bind-address': '127.0.0.1',
    'feature-gates': dualStackGate(cluster.featureGates),
    kubeconfig,
    'leader-elect': 'true',
    port: '0',
  };
  const defaults = defaultArguments('kube-scheduler', args, release);
  return staticPod(
    {
      name: 'kube-scheduler',
      image: componentImage(cluster, release, 'kube-scheduler'),
      arguments: mergeArguments(defaults, extraArgs, release.controlPlane.extraArgsOrder).map(argumentText),
      health: {
        host: probeHost(argumentValue(extraArgs, 'bind-address') ?? '127.0.0.1'),
        port: schedulerPort,
        scheme: 'HTTPS',
      },
      requests: { cpu: '100m' },
      environment: environment(host.proxyEnvironment, extraEnvs, release.controlPlane),
      mounts: withExtraVolumes([file('kubeconfig', kubeconfig)], extraVolumes),
    },
    release.controlPlane,
    seconds(config.timeouts.controlPlaneComponentHealthCheck),
  );
}
