import { posix } from 'node:path';
import { seconds } from '../config/duration.ts';
import { type Family, parseSubnets, type Subnet } from '../config/network.ts';
import { kubeadmNodeMask } from '../config/node-mask.ts';
import type { ControlPlaneConfig } from '../config/types.ts';
import { controllerManagerConf as kubeconfig } from '../release/paths.ts';
import { controllerManagerPort } from '../release/ports.ts';
import type { Release } from '../release/release.ts';
import { argumentText, argumentValue, mergeArguments } from './arguments.ts';
import { type Arguments, defaultArguments, dualStackGate } from './default-arguments.ts';
import { certificateMounts, file, withExtraVolumes, writableDirectory } from './host-path-mounts.ts';
import { componentImage } from './images.ts';
import { probeHost } from './probe-host.ts';
import { type StaticPod, staticPod } from './static-pod.ts';
import { environment, type StaticPodHost } from './static-pod-host.ts';

/** The static pod of kube-controller-manager. */
export function kubeControllerManagerPod(config: ControlPlaneConfig, release: Release, host: StaticPodHost): StaticPod {
  const { cluster } = config;
  const { extraArgs, extraEnvs, extraVolumes } = cluster.controllerManager;
  const { extraArgsOrder, flexVolumeMount } = release.controlPlane;
  const args = argumentsOf(config, host.externalCa ?? false);
  const defaults = defaultArguments('kube-controller-manager', args, release);
  const plugins = argumentValue(extraArgs, 'flex-volume-plugin-dir') ?? flexVolumePlugins;
  const mounts = [
    ...certificateMounts(config, release.controlPlane, host.caDirectories),
    file('kubeconfig', kubeconfig),
    // Plugins talk to their backends through sockets there.
    ...(flexVolumeMount ? [writableDirectory('flexvolume-dir', plugins)] : []),
  ];
  return staticPod(
    {
      name: 'kube-controller-manager',
      image: componentImage(cluster, release, 'kube-controller-manager'),
      arguments: mergeArguments(defaults, extraArgs, extraArgsOrder).map(argumentText),
      health: {
        host: probeHost(argumentValue(extraArgs, 'bind-address') ?? '127.0.0.1'),
        port: controllerManagerPort,
        scheme: 'HTTPS',
      },
      requests: { cpu: '200m' },
      environment: environment(host.proxyEnvironment, extraEnvs, release.controlPlane),
      mounts: withExtraVolumes(mounts, extraVolumes),
    },
    release.controlPlane,
    seconds(config.timeouts.controlPlaneComponentHealthCheck),
  );
}

const flexVolumePlugins = '/usr/libexec/kubernetes/kubelet-plugins/volume/exec';

function argumentsOf({ cluster }: ControlPlaneConfig, externalCa: boolean): Arguments {
  const pki = (name: string) => posix.join(cluster.certificatesDir, name);
  const { podSubnet, serviceSubnet } = cluster.networking;
  return {
    'allocate-node-cidrs': podSubnet === undefined ? undefined : 'true',
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'bind-address': '127.0.0.1',
    'client-ca-file': pki('ca.crt'),
    'cluster-cidr': podSubnet,
    'cluster-name': cluster.clusterName === '' ? undefined : cluster.clusterName,
    // Empty, so that the signing controller stays off where the CA's key is elsewhere.
    'cluster-signing-cert-file': externalCa ? '' : pki('ca.crt'),
    'cluster-signing-key-file': externalCa ? '' : pki('ca.key'),
    controllers: '*,bootstrapsigner,tokencleaner',
    'feature-gates': dualStackGate(cluster.featureGates),
    kubeconfig,
    'leader-elect': 'true',
    ...nodeMasks(cluster),
    port: '0',
    'requestheader-client-ca-file': pki('front-proxy-ca.crt'),
    'root-ca-file': pki('ca.crt'),
    'service-account-private-key-file': pki('sa.key'),
    'service-cluster-ip-range': podSubnet === undefined ? undefined : serviceSubnet,
    'use-service-account-credentials': 'true',
  };
}

/**
 * kubeadm's node masks, where it passes them: one for each family as soon as the gate IPv6DualStack is on, when
 * kube-controller-manager refuses the one for both.
 */
function nodeMasks({ networking, featureGates }: ControlPlaneConfig['cluster']): Arguments {
  const subnets = parseSubnets(networking.podSubnet ?? '') ?? [];
  const [subnet] = subnets;
  if (featureGates['IPv6DualStack'] === true) {
    const ofFamily = (family: Family) => subnets.find((each) => each.family === family);
    const mask = (found: Subnet | undefined) => (found === undefined ? undefined : String(kubeadmNodeMask(found)));
    return { 'node-cidr-mask-size-ipv4': mask(ofFamily('IPv4')), 'node-cidr-mask-size-ipv6': mask(ofFamily('IPv6')) };
  }
  if (subnet === undefined || subnets.length > 1) return {};
  return { 'node-cidr-mask-size': String(kubeadmNodeMask(subnet)) };
}
