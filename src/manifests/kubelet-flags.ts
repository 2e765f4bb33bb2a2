import type { Arg, NodeRegistration, Taint } from '../config/types.ts';
import type { FlagUse } from '../release/kubelet.ts';
import type { Release } from '../release/release.ts';
import { argumentText, argumentValue, mergeArguments } from './arguments.ts';
import {
  type FeatureGates,
  hasInstanceConfiguration,
  isDockerSocket,
  type KubeletHost,
  systemdResolvConf,
} from './kubelet-host.ts';

export interface KubeletFlagsHost extends Partial<KubeletHost> {
  readonly hostname: string;
  readonly pauseImage: string;
  /** A worker registers with its taints; a control plane gets them when it is marked. */
  readonly registerTaints: boolean;
  /** kubeadm's gates of the cluster. */
  readonly featureGates?: FeatureGates;
}

/** The arguments of kubeadm-flags.env, the user's kubeletExtraArgs among them (kubeadm's phases/kubelet/flags.go). */
export function kubeletFlags(node: NodeRegistration, release: Release, host: KubeletFlagsHost): readonly Arg[] {
  const docker = isDockerSocket(node.criSocket);
  const instance = hasInstanceConfiguration(release.kubelet, host.featureGates ?? {});
  const taints = node.taints ?? [];
  const name = argumentValue(node.kubeletExtraArgs, 'hostname-override') ?? node.name;
  const flags: Readonly<Record<string, string | undefined>> = {
    'cgroup-driver': host.dockerCgroupDriver,
    'container-runtime': 'remote',
    'container-runtime-endpoint': instance ? undefined : node.criSocket,
    'hostname-override': name === host.hostname.trim().toLowerCase() ? undefined : name,
    'network-plugin': 'cni',
    'pod-infra-container-image': host.pauseImage,
    'register-with-taints': host.registerTaints && taints.length > 0 ? taints.map(taintText).join(',') : undefined,
    'resolv-conf': host.systemdResolved ? systemdResolvConf : undefined,
  };
  const defaults = Object.entries(flags).flatMap(([flag, value]) =>
    value !== undefined && applies(release.kubelet.flags[flag] ?? 'always', docker) ? [{ name: flag, value }] : [],
  );
  return mergeArguments(defaults, node.kubeletExtraArgs, release.controlPlane.extraArgsOrder);
}

/** The text of /var/lib/kubelet/kubeadm-flags.env, quoted as Go's %q quotes. */
export function kubeadmFlagsEnv(args: readonly Arg[]): string {
  const quoted = JSON.stringify(args.map(argumentText).join(' '));
  return `KUBELET_KUBEADM_ARGS=${quoted.replaceAll(/[\u007f-\u009f\u2028\u2029]/g, escaped)}\n`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function applies(use: FlagUse, docker: boolean): boolean {
  return use === 'always' || use === (docker ? 'docker' : 'other runtimes');
}

/** As core/v1 Taint prints itself: `key=value:effect`, `key:effect`. */
function taintText({ key, value, effect }: Taint): string {
  return `${key}${value ? `=${value}` : ''}:${effect}`;
}
