import type { Facts } from '../host/facts/facts.ts';

/** What depends on the distribution of a host. */
export interface Distribution {
  readonly name: string;
  /** undefined: kinit installs no packages there. */
  readonly packageManager: 'yum' | 'dnf' | undefined;
  /** The release of the RHEL family that docker's repository has packages for; undefined: none fits. */
  readonly dockerRelease: '7' | '8' | '9' | '10' | undefined;
  /** The last versions in docker's repository for it, where that gets no new ones; undefined: it does. */
  readonly lastRuntimes: Readonly<Record<'containerd.io' | 'docker-ce', string>> | undefined;
  /** The day on which its updates end, YYYY-MM-DD; undefined: not known. */
  readonly endOfSupport: string | undefined;
  /** Its folder in CentOS' vault, where its mirrors are gone. */
  readonly vault: string | undefined;
  /** Program -> the package that brings it. */
  readonly packages: Readonly<Record<string, string>>;
  readonly chrony: { readonly package: string; readonly service: string; readonly config: string };
}

/** The distribution of a host by its /etc/os-release; undefined where kinit knows nothing of it. */
export function distributionOf({ os }: Pick<Facts, 'os'>): Distribution | undefined {
  const major = os.version.split('.')[0] ?? '';
  const row =
    rows.find(({ id, version, named }) => id === os.id && version.test(os.version) && (named?.test(os.name) ?? true)) ??
    rows.find(({ id, version }) => id === 'rhel' && os.like.includes('rhel') && version.test(major));
  return row?.distribution;
}

/** The RHEL family's package of a program: for advice, where the host's distribution is not known. */
export function packageOf(program: string): string {
  return family[program] ?? program;
}

/** The command that installs packages on the RHEL family: advice for hosts whose distribution is not known. */
export function installAdvice(...names: readonly string[]): string {
  return `yum install -y ${names.join(' ')}`;
}

const family: Readonly<Record<string, string>> = {
  conntrack: 'conntrack-tools',
  crictl: 'cri-tools',
  ip: 'iproute',
  tc: 'iproute-tc',
  iptables: 'iptables',
  losetup: 'util-linux',
  mount: 'util-linux',
  nsenter: 'util-linux',
  touch: 'coreutils',
  cp: 'coreutils',
  chronyc: 'chrony',
};

const base = {
  dockerRelease: undefined,
  lastRuntimes: undefined,
  endOfSupport: undefined,
  vault: undefined,
  packages: family,
  chrony: { package: 'chrony', service: 'chronyd', config: '/etc/chrony.conf' },
} as const;

/** `iproute` still has tc in RHEL 7; ebtables moved with nftables. */
const el7 = {
  ...base,
  packageManager: 'yum',
  dockerRelease: '7',
  // https://download.docker.com/linux/centos/7/x86_64/stable/Packages/
  lastRuntimes: { 'containerd.io': '1.6.33', 'docker-ce': '26.1.4' },
  packages: { ...family, tc: 'iproute' },
} as const;
const el8 = { ...base, packageManager: 'dnf', dockerRelease: '8' } as const;
const nftables = { ...family, iptables: 'iptables-nft', ebtables: 'iptables-nft' };
const el9 = { ...base, packageManager: 'dnf', dockerRelease: '9', packages: nftables } as const;
const el10 = { ...el9, dockerRelease: '10' } as const;
const openEuler = { ...el8, packages: { ...family, tc: 'iproute' } } as const;

interface Row {
  readonly id: string;
  /** Of VERSION_ID. */
  readonly version: RegExp;
  /** Of PRETTY_NAME, where two releases share the rest. */
  readonly named?: RegExp;
  readonly distribution: Distribution;
}

/**
 * Ends of support: https://blog.centos.org/2023/04/end-dates-are-coming-for-centos-stream-8-and-centos-linux-7/,
 * https://www.centos.org/cl-vs-cs/, https://access.redhat.com/support/policy/updates/errata. The vault's folders: https://vault.centos.org. docker's folders: https://download.docker.com/linux/centos; openEuler's
 * and Anolis' own packages are built for the RHEL release that they follow.
 */
const rows: readonly Row[] = [
  {
    id: 'centos',
    version: /^7/,
    distribution: { ...el7, name: 'CentOS 7', vault: '7.9.2009', endOfSupport: '2024-06-30' },
  },
  {
    id: 'centos',
    version: /^8/,
    named: /Stream/,
    distribution: { ...el8, name: 'CentOS Stream 8', vault: '8-stream', endOfSupport: '2024-05-31' },
  },
  {
    id: 'centos',
    version: /^8/,
    distribution: { ...el8, name: 'CentOS 8', vault: '8.5.2111', endOfSupport: '2021-12-31' },
  },
  { id: 'centos', version: /^9/, distribution: { ...el9, name: 'CentOS Stream 9', endOfSupport: '2027-05-31' } },
  { id: 'centos', version: /^10/, distribution: { ...el10, name: 'CentOS Stream 10' } },
  { id: 'openEuler', version: /^2\d\./, distribution: { ...openEuler, name: 'openEuler' } },
  { id: 'anolis', version: /^7/, distribution: { ...el7, name: 'Anolis OS 7' } },
  { id: 'anolis', version: /^8/, distribution: { ...el8, name: 'Anolis OS 8' } },
  { id: 'anolis', version: /^23/, distribution: { ...el9, name: 'Anolis OS 23' } },
  { id: 'rhel', version: /^7/, distribution: { ...el7, name: 'RHEL 7', endOfSupport: '2024-06-30' } },
  { id: 'rhel', version: /^8/, distribution: { ...el8, name: 'RHEL 8', endOfSupport: '2029-05-31' } },
  { id: 'rhel', version: /^9/, distribution: { ...el9, name: 'RHEL 9', endOfSupport: '2032-05-31' } },
  { id: 'rhel', version: /^10/, distribution: { ...el10, name: 'RHEL 10', endOfSupport: '2035-05-31' } },
  {
    id: 'debian',
    version: /^1\d/,
    distribution: {
      ...base,
      name: 'Debian',
      packageManager: undefined,
      chrony: { package: 'chrony', service: 'chrony', config: '/etc/chrony/chrony.conf' },
    },
  },
];
