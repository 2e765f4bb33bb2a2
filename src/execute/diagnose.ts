import type { Host } from '../host/host.ts';
import { kubeletFlagsFile, staticPodFile } from '../release/paths.ts';

/**
 * Why a node does not come up: the likely cause with the line that shows it, else in its own words, the kubelet's last
 * errors and the last lines of the control plane's containers. Returns '' where the host tells nothing.
 */
export async function diagnose(host: Host): Promise<string> {
  const { stdout } = await host.run(['sh', '-c', lastWords], { deadline: 20 });
  const [kubelet = '', containers = ''] = stdout.split('\u0001');
  const lines = `${kubelet}\n${containers}`.split('\n');
  const known = causeIn(lines);
  if (known === undefined)
    return [section('kubelet', kubelet), section('containers', containers)].filter(Boolean).join('\n');
  const shown = lines.findLast((line) => known.sign.test(line)) ?? '';
  return causeWith(known, shown);
}

/** The first known cause that the words show, as a sentence that says what to do; undefined where none is known. */
export function likelyCause(words: string): string | undefined {
  return causeIn([words])?.cause;
}

/** A cause that no waiting mends, with the line that shows it; undefined where the words show none. */
export function finalCause(words: string): string | undefined {
  for (const line of words.split('\n')) {
    const known = causes.find(({ sign, isFinal }) => isFinal && sign.test(line));
    if (known !== undefined) return causeWith(known, line);
  }
  return undefined;
}

function causeIn(lines: readonly string[]) {
  return causes.find(({ sign }) => lines.some((line) => sign.test(line)));
}

function causeWith({ cause }: Pick<Cause, 'cause'>, line: string): string {
  return `likely cause: ${cause}\n  ${line.trim().slice(0, longestLine)}`;
}

/** Characters of a log's line that a person reads. */
const longestLine = 400;

const lastWords = String.raw`
{ journalctl -u kubelet -n 200 --no-pager -o cat 2>/dev/null || systemctl status kubelet --no-pager 2>/dev/null; } | grep -E '(^[EF][0-9]{4} |[Ff]ailed|[Ee]rror|fatal)' | tail -n 8
printf '\001'
pods=/var/log/pods/kube-system_
# All others wait for etcd, and talk more.
etcd=$(ls -t "$pods"etcd-*/*/*.log 2>/dev/null | head -n 1)
if [ -n "$etcd" ]; then printf '%s\n' "$etcd"; tail -n 8 "$etcd"
elif [ -e ${staticPodFile('etcd')} ]; then echo 'the kubelet has started no container of etcd yet'
fi
for log in $(ls -t "$pods"*/*/*.log 2>/dev/null | grep -v "^$pods"etcd- | head -n 3); do
  printf '%s\n' "$log"; tail -n 3 "$log"
done
exit 0`;

function section(title: string, words: string): string {
  const lines = words.trim().split('\n').filter(Boolean);
  return lines.length === 0 ? '' : [`${title}:`, ...lines.map((line) => `  ${line.slice(0, longestLine)}`)].join('\n');
}

interface Cause {
  readonly sign: RegExp;
  readonly cause: string;
  /** Whoever shows it ends the same way each time that it is started. */
  readonly isFinal?: boolean;
}

const causes: readonly Cause[] = [
  {
    sign: /running with swap on is not supported/i,
    cause: 'swap is on: run `swapoff -a` and take its line out of /etc/fstab',
  },
  {
    sign: /cgroup driver.*is different from|misconfiguration: kubelet cgroup driver/i,
    cause: 'the kubelet and the container runtime use different cgroup drivers: set the same in both',
  },
  {
    sign: /cgroup v1|failCgroupV1/i,
    cause: 'this kubelet refuses cgroup v1: boot with cgroup v2, or set failCgroupV1: false in KubeletConfiguration',
  },
  {
    sign: /unknown flag|flag provided but not defined/i,
    cause: `a flag that this version does not know: look at ${kubeletFlagsFile} and the extraArgs`,
    isFinal: true,
  },
  {
    sign: /ErrImagePull|ImagePullBackOff|failed to pull image|failed to get sandbox image|manifest unknown/i,
    cause:
      'an image cannot be pulled: check that the host reaches its registry (proxy, DNS), or name a mirror: --image-repository; in a file also network.imageRepository and runtime.registryMirrors',
  },
  {
    sign: /\.sock: connect:|validate service connection|unknown service runtime/i,
    cause: 'the container runtime does not answer on its CRI socket: look at `systemctl status containerd`',
  },
  {
    sign: /x509: certificate has expired|certificate is not yet valid/i,
    cause: 'a certificate is not valid now: check the clock of the host and `kinit certs check-expiration`',
  },
  {
    sign: /x509: certificate signed by unknown authority/i,
    cause: 'a certificate of another CA: what is on this host belongs to another cluster (`kinit reset` removes it)',
  },
  {
    sign: /address already in use/i,
    cause: 'a port is taken by another program: `ss -ltnp` shows by which',
  },
  {
    sign: /no space left on device/i,
    cause: 'the disk is full: `df -h` shows where',
  },
  {
    // Last: every node says so until its network's pods run, whatever keeps them.
    sign: /cni plugin not initialized|cni config uninitialized/i,
    cause:
      'no pod network is there yet: `kubectl apply -f NETWORK.yaml`, or --network flannel (network.plugin in a file)',
  },
];
