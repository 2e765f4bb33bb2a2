import type { Arg } from '../config/types.ts';
import type { Release } from '../release/release.ts';
import { dockershim } from '../release/upgrade.ts';

/** The arguments in a kubeadm-flags.env, in their order (kubeadm ReadKubeletDynamicEnvFile); none in an empty one. */
export function kubeletFlagsIn(text: string): readonly Arg[] {
  const [, quoted = ''] = /^KUBELET_KUBEADM_ARGS=(.*)$/m.exec(text) ?? [];
  return unquoted(quoted.trim())
    .split(/\s+/)
    .filter((word) => word.startsWith('--'))
    .map((word) => {
      const at = word.indexOf('=');
      return at < 0 ? { name: word.slice(2), value: '' } : { name: word.slice(2, at), value: word.slice(at + 1) };
    });
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.replace(/^"|"$/g, '');
  }
}

export interface UpgradedFlags {
  readonly flags: readonly Arg[];
  /** Where the runtime's socket stood among them and stands in instance-config.yaml from now on. */
  readonly socket?: string;
}

/**
 * The flags as the target's kubelet takes them: without those that it does not know any more, the socket with its scheme
 * (kubeadm v1.24, v1.26, v1.34, v1.35; kubernetes/website#36896).
 */
export function upgradedKubeletFlags(
  flags: readonly Arg[],
  { upgrade }: Pick<Release, 'upgrade'>,
  hasInstanceConfiguration: boolean,
): UpgradedFlags {
  const kept = flags.filter(({ name }) => !upgrade.removedKubeletFlags.includes(name));
  const schemed = kept.map((flag) =>
    flag.name === endpoint && upgrade.socketScheme ? { ...flag, value: withScheme(flag.value) } : flag,
  );
  const socket = schemed.find(({ name }) => name === endpoint)?.value;
  if (!hasInstanceConfiguration || socket === undefined) return { flags: schemed };
  return { flags: schemed.filter(({ name }) => name !== endpoint), socket };
}

/** The flags with the pause image as it stands among those that are wanted, or without one. */
export function withPauseImage(flags: readonly Arg[], wanted: readonly Arg[]): readonly Arg[] {
  const image = wanted.find(({ name }) => name === pause);
  const others = flags.filter(({ name }) => name !== pause);
  if (image === undefined) return others;
  const at = others.findIndex(({ name }) => name > pause);
  return at < 0 ? [...others, image] : [...others.slice(0, at), image, ...others.slice(at)];
}

/** The flags of a kubelet on docker (v1.23 and older) as those of one on the runtime behind the socket, sorted as kubeadm sorts them. */
export function dockerless(flags: readonly Arg[], socket: string): readonly Arg[] {
  const own = [...dockershim, 'cgroup-driver', 'container-runtime', endpoint];
  const kept = flags.filter(({ name }) => !own.includes(name));
  const moved = [...kept, { name: 'container-runtime', value: 'remote' }, { name: endpoint, value: socket }];
  return moved.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

const pause = 'pod-infra-container-image';
const endpoint = 'container-runtime-endpoint';

/** A socket as kubelets and kubeadm name it from v1.24 on: `unix:///run/containerd/containerd.sock`, never twice. */
function withScheme(socket: string): string {
  return socket.startsWith('/') ? `unix://${socket}` : socket;
}
