import { kubeletFlagsFile } from '../release/paths.ts';

/** Words in the logs of a host by which a cause is known. */
export interface Sign {
  readonly name: string;
  readonly sign: RegExp;
  readonly cause: string;
  readonly mend: string;
  /** Whoever shows it ends the same way each time that it is started. */
  readonly isFinal?: boolean;
}

/** A sign, and the line that shows it. */
export interface KnownSign {
  readonly sign: Sign;
  readonly line: string;
}

/** The first known cause that the lines show, and the last of those that do; undefined where none is known. */
export function signIn(lines: readonly string[]): KnownSign | undefined {
  const found = signs.find(({ sign }) => lines.some((line) => sign.test(line)));
  return found && { sign: found, line: (lines.findLast((line) => found.sign.test(line)) ?? '').trim() };
}

/** The first line that shows a cause which no waiting mends. */
export function finalSignIn(lines: readonly string[]): KnownSign | undefined {
  for (const line of lines) {
    const sign = signs.find((one) => one.isFinal && one.sign.test(line));
    if (sign !== undefined) return { sign, line: line.trim() };
  }
  return undefined;
}

const signs: readonly Sign[] = [
  {
    name: 'Swap',
    sign: /running with swap on is not supported/i,
    cause: 'swap is on',
    mend: 'run `swapoff -a` and take its line out of /etc/fstab',
  },
  {
    name: 'CgroupDriver',
    sign: /cgroup driver.*is different from|misconfiguration: kubelet cgroup driver/i,
    cause: 'the kubelet and the container runtime use different cgroup drivers',
    mend: 'set the same in both',
  },
  {
    name: 'CgroupV1',
    sign: /cgroup v1|failCgroupV1/i,
    cause: 'this kubelet refuses cgroup v1',
    mend: 'boot with cgroup v2, or set failCgroupV1: false in KubeletConfiguration',
  },
  {
    name: 'UnknownFlag',
    sign: /unknown flag|flag provided but not defined/i,
    cause: 'a flag that this version does not know',
    mend: `look at ${kubeletFlagsFile} and the extraArgs`,
    isFinal: true,
  },
  {
    name: 'ImageNotPulled',
    sign: /ErrImagePull|ImagePullBackOff|failed to pull image|failed to get sandbox image|manifest unknown/i,
    cause: 'an image cannot be pulled',
    mend: 'check that the host reaches its registry (proxy, DNS), or name a mirror: --image-repository; in a file also network.imageRepository and runtime.registryMirrors',
  },
  {
    name: 'RuntimeStopped',
    sign: /\.sock: connect:|validate service connection|unknown service runtime/i,
    cause: 'the container runtime does not answer on its CRI socket',
    mend: 'look at `systemctl status containerd`',
  },
  {
    name: 'CertificateExpired',
    sign: /x509: certificate has expired|certificate is not yet valid/i,
    cause: 'a certificate is not valid now',
    mend: 'check the clock of the host and `kinit certs check-expiration`',
  },
  {
    name: 'ForeignCertificate',
    sign: /x509: certificate signed by unknown authority/i,
    cause: 'a certificate of another CA',
    mend: 'what is on this host belongs to another cluster (`kinit reset` removes it)',
  },
  {
    name: 'PortTaken',
    sign: /address already in use/i,
    cause: 'a port is taken by another program',
    mend: '`ss -ltnp` shows by which',
  },
  {
    name: 'AddressChanged',
    sign: /cannot assign requested address|failed to validate nodeIP|node IP: .* not found in the host/i,
    cause: 'the host does not have an address any more that it was made with',
    mend: 'give it back: `ip -br addr` shows those that it has',
  },
  {
    name: 'DiskFull',
    sign: /no space left on device/i,
    cause: 'the disk is full',
    mend: '`df -h` shows where',
  },
  {
    // Last: every node says so until its network's pods run, whatever keeps them.
    name: 'NoPodNetwork',
    sign: /cni plugin not initialized|cni config uninitialized/i,
    cause: 'no pod network is there yet',
    mend: '`kubectl apply -f NETWORK.yaml`, or --network flannel (network.plugin in a file)',
  },
];
