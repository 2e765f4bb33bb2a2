import type { Facts } from '../host/facts.ts';

/** What depends on the distribution of a host. */
export interface Distribution {
  readonly name: string;
  /** undefined: kinit installs no packages there. */
  readonly packageManager: 'yum' | 'dnf' | undefined;
  /** The release of the RHEL family that docker's repository has packages for; undefined: none fits. */
  readonly dockerRelease: '7' | '8' | '9' | '10' | undefined;
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
  vault: undefined,
  packages: family,
  chrony: { package: 'chrony', service: 'chronyd', config: '/etc/chrony.conf' },
} as const;

/** `iproute` still has tc in RHEL 7; ebtables moved with nftables. */
const el7 = { ...base, packageManager: 'yum', dockerRelease: '7', packages: { ...family, tc: 'iproute' } } as const;
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
 * The vault's folders: https://vault.centos.org. docker's folders: https://download.docker.com/linux/centos; openEuler's
 * and Anolis' own packages are built for the RHEL release that they follow.
 */
const rows: readonly Row[] = [
  { id: 'centos', version: /^7/, distribution: { ...el7, name: 'CentOS 7', vault: '7.9.2009' } },
  {
    id: 'centos',
    version: /^8/,
    named: /Stream/,
    distribution: { ...el8, name: 'CentOS Stream 8', vault: '8-stream' },
  },
  { id: 'centos', version: /^8/, distribution: { ...el8, name: 'CentOS 8', vault: '8.5.2111' } },
  { id: 'centos', version: /^9/, distribution: { ...el9, name: 'CentOS Stream 9' } },
  { id: 'centos', version: /^10/, distribution: { ...el10, name: 'CentOS Stream 10' } },
  { id: 'openEuler', version: /^2\d\./, distribution: { ...openEuler, name: 'openEuler' } },
  { id: 'anolis', version: /^7/, distribution: { ...el7, name: 'Anolis OS 7' } },
  { id: 'anolis', version: /^8/, distribution: { ...el8, name: 'Anolis OS 8' } },
  { id: 'anolis', version: /^23/, distribution: { ...el9, name: 'Anolis OS 23' } },
  { id: 'rhel', version: /^7/, distribution: { ...el7, name: 'RHEL 7' } },
  { id: 'rhel', version: /^8/, distribution: { ...el8, name: 'RHEL 8' } },
  { id: 'rhel', version: /^9/, distribution: { ...el9, name: 'RHEL 9' } },
  { id: 'rhel', version: /^10/, distribution: { ...el10, name: 'RHEL 10' } },
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
