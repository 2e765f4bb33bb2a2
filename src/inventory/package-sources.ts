/** A public source of packages: its copies of Kubernetes' repositories, of docker's and of CentOS' vault. */
export interface PackageSource {
  /** The repository of one minor; MINOR stands for `v1.28`. undefined: the source has none in this layout. */
  readonly perMinor: string | undefined;
  /** The one repository that all minors shared up to v1.28, frozen since; undefined: the source has it no more. */
  readonly legacy: LegacyRepository | undefined;
  /** docker's repository for the RHEL family, which has containerd.io too. */
  readonly docker: string;
  readonly vault: string;
}

/** ARCHITECTURE stands for `x86_64`. */
export interface LegacyRepository {
  readonly baseUrl: string;
  readonly gpgKeys: readonly string[];
}

/** Each with where it says so, or who uses it as written here. */
export const packageSources = {
  /**
   * https://kubernetes.io/blog/2023/08/15/pkgs-k8s-io-introduction/, https://docs.docker.com/engine/install/centos/;
   * Google's own legacy repository is gone: https://kubernetes.io/blog/2023/08/31/legacy-package-repository-deprecation/
   */
  official: {
    perMinor: 'https://pkgs.k8s.io/core:/stable:/MINOR/rpm/',
    legacy: undefined,
    docker: 'https://download.docker.com/linux/centos',
    vault: 'https://vault.centos.org',
  },
  /** https://developer.aliyun.com/mirror/kubernetes (both layouts), /docker-ce, /centos-vault */
  aliyun: {
    perMinor: 'https://mirrors.aliyun.com/kubernetes-new/core/stable/MINOR/rpm/',
    legacy: legacyAt('https://mirrors.aliyun.com/kubernetes'),
    docker: 'https://mirrors.aliyun.com/docker-ce/linux/centos',
    vault: 'https://mirrors.aliyun.com/centos-vault',
  },
  /** https://mirrors.tuna.tsinghua.edu.cn/help/kubernetes/ (the legacy layout is in old guides alone), /docker-ce/, /centos-vault/ */
  tsinghua: {
    perMinor: 'https://mirrors.tuna.tsinghua.edu.cn/kubernetes/core:/stable:/MINOR/rpm/',
    legacy: undefined,
    docker: 'https://mirrors.tuna.tsinghua.edu.cn/docker-ce/linux/centos',
    vault: 'https://mirrors.tuna.tsinghua.edu.cn/centos-vault',
  },
  /** https://mirrors.ustc.edu.cn/help/kubernetes.html (per minor alone; v1.37 in public use), /docker-ce.html, /centos.html */
  ustc: {
    perMinor: 'https://mirrors.ustc.edu.cn/kubernetes/core:/stable:/MINOR/rpm/',
    legacy: undefined,
    docker: 'https://mirrors.ustc.edu.cn/docker-ce/linux/centos',
    vault: 'https://mirrors.ustc.edu.cn/centos-vault',
  },
  /** https://mirrors.huaweicloud.com (kubernetes: the legacy layout is in public use; the one per minor: unverified) */
  huawei: {
    perMinor: undefined,
    legacy: legacyAt('https://mirrors.huaweicloud.com/kubernetes'),
    docker: 'https://mirrors.huaweicloud.com/docker-ce/linux/centos',
    vault: 'https://mirrors.huaweicloud.com/centos-vault',
  },
} as const satisfies Readonly<Record<string, PackageSource>>;

/** As they stand in a sentence. */
export const packageSourceNames: string = Object.keys(packageSources).join(', ');

/** The first minor that has a repository of its own, and the last one that the shared repository got. */
const firstPerMinor = 24;
const lastLegacy = 28;

/** A repository of Kubernetes' packages. */
export interface KubernetesRepository {
  readonly name: string;
  readonly baseUrl: string;
  readonly gpgKeys: readonly string[];
}

/**
 * Where a source has the packages of a minor: in the minor's own repository where there are such, else in the shared one;
 * before v1.24 in Aliyun's where the source has none itself. undefined: it does not have the minor.
 */
export function kubernetesRepositoryOf(
  source: PackageSource,
  { minor, architecture }: { readonly minor: number; readonly architecture: string },
): KubernetesRepository | undefined {
  if (minor >= firstPerMinor && source.perMinor !== undefined) {
    const baseUrl = source.perMinor.replace('MINOR', `v1.${minor}`);
    return { name: `Kubernetes v1.${minor}`, baseUrl, gpgKeys: [`${baseUrl}repodata/repomd.xml.key`] };
  }
  const legacy = source.legacy ?? (minor < firstPerMinor ? packageSources.aliyun.legacy : undefined);
  if (legacy === undefined || minor > lastLegacy) return undefined;
  const baseUrl = legacy.baseUrl.replace('ARCHITECTURE', architecture);
  return { name: `Kubernetes up to v1.${lastLegacy}`, baseUrl, gpgKeys: legacy.gpgKeys };
}

/** The names of the sources that have a minor. */
export function sourcesWith(minor: number): readonly string[] {
  return Object.entries(packageSources)
    .filter(([, source]) => kubernetesRepositoryOf(source, { minor, architecture: 'x86_64' }) !== undefined)
    .map(([name]) => name);
}

function legacyAt(mirror: string): LegacyRepository {
  return {
    baseUrl: `${mirror}/yum/repos/kubernetes-el7-ARCHITECTURE/`,
    gpgKeys: [`${mirror}/yum/doc/yum-key.gpg`, `${mirror}/yum/doc/rpm-package-key.gpg`],
  };
}
