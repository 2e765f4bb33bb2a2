import type { NodeRegistration } from '../config/types.ts';
import type { Change } from '../execute/change.ts';
import type { Facts } from '../host/facts.ts';
import { fullName } from '../manifests/image-name.ts';

/** Seconds for one image; slow mirrors are slow. */
const pullDeadline = 900;

/** Pulls of the images that the host's runtime lacks, as the pull policy has it. */
export function missingImages(
  images: readonly string[],
  { criSocket, imagePullPolicy }: NodeRegistration,
  facts: Facts | undefined,
  ignored: readonly string[],
): readonly Change[] {
  if (imagePullPolicy === 'Never' || facts === undefined) return [];
  const there = new Set(facts.runtime.images.map(fullName));
  const missing = images.filter((image) => imagePullPolicy === 'Always' || !there.has(fullName(image)));
  if (missing.length === 0) return [];
  const optional = ignored.some((name) => ['imagepull', 'all'].includes(name.toLowerCase()));
  return [
    { kind: 'note', text: '[preflight] Pulling images required for setting up a Kubernetes cluster' },
    { kind: 'note', text: "[preflight] You can also perform this action beforehand using 'kinit config images pull'" },
    ...missing.map(
      (image): Change => ({
        kind: 'command',
        argv: pullCommand(image, criSocket, facts),
        deadline: pullDeadline,
        optional,
        says: `[preflight] Pulling ${image}`,
        advice:
          'check that the host reaches the registry (proxy, DNS), or name a mirror: --image-repository registry.aliyuncs.com/google_containers',
      }),
    ),
  ];
}

/** What pulls an image on this host: crictl where it is, else the runtime's own tool. */
export function pullCommand(
  image: string,
  criSocket: string,
  { programs }: Pick<Facts, 'programs'>,
): readonly string[] {
  if (/docker(shim)?\.sock$/.test(criSocket)) return ['docker', 'pull', image];
  const endpoint = criSocket.startsWith('unix://') ? criSocket : `unix://${criSocket}`;
  if (programs.has('crictl')) return ['crictl', '--runtime-endpoint', endpoint, 'pull', image];
  return ['ctr', '--address', criSocket.replace(/^unix:\/\//, ''), '--namespace', 'k8s.io', 'images', 'pull', image];
}
