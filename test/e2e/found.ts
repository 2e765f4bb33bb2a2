import type { LabHost } from '../lab/host.ts';
import { on } from './kit.ts';

export interface Found {
  /** Every file below /etc with its hash. */
  readonly etc: readonly string[];
  readonly units: readonly string[];
  readonly packages: readonly string[];
  readonly firewall: string;
  /** Of packet filters, but for those that the kernel brings. */
  readonly chains: readonly string[];
  readonly interfaces: readonly string[];
  readonly mounts: readonly string[];
}

/** What a host is like, to see later that it is so again. */
export async function find(host: LabHost): Promise<Found> {
  const lines = async (script: string) => (await on(host, 'sh', '-c', script)).trim().split('\n').sort();
  return {
    etc: await lines('find /etc -xdev -type f -exec sha256sum {} + ; find /etc -xdev -type d -o -type l'),
    // What whoever enters the host comes and goes with.
    units: (await lines("systemctl list-unit-files --no-legend | awk '{ print $1, $2 }'")).filter(
      (line) => !/^(machine|run-r)/.test(line),
    ),
    packages: await lines("rpm -qa --qf '%{NAME}-%{VERSION}-%{RELEASE}\\n'"),
    firewall: await on(host, 'sh', '-c', 'firewall-cmd --list-all-zones; firewall-cmd --permanent --list-all-zones'),
    chains: await lines("{ iptables-save; ip6tables-save; } | sed -n 's/^:\\([^ ]*\\) -.*/\\1/p'"),
    interfaces: await lines("ip -o link | awk -F'[:@ ]+' '{ print $2 }'"),
    mounts: await lines("awk '{ print $2 }' /proc/mounts"),
  };
}

/** Without what a host may keep: the pod network is the user's own, and so is its file. */
export function kept({ etc, ...rest }: Found): Found {
  return { ...rest, etc: etc.filter((line) => !/ ?\/etc\/cni(\/net\.d(\/\.?10-lab\.conflist)?)?$/.test(line)) };
}
