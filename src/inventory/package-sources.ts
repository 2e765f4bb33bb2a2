/** A public source of packages: its copies of Kubernetes' repositories, of docker's and of CentOS' vault. */
export interface PackageSource {
  /** The repository of one minor, from v1.24 on; MINOR stands for `v1.28`. */
  readonly kubernetes: string;
  /** docker's repository for the RHEL family, which has containerd.io too. */
  readonly docker: string;
  readonly vault: string;
}

/** Each with where it says so. */
export const packageSources = {
  /** https://kubernetes.io/blog/2023/08/15/pkgs-k8s-io-introduction/, https://docs.docker.com/engine/install/centos/ */
  official: {
    kubernetes: 'https://pkgs.k8s.io/core:/stable:/MINOR/rpm/',
    docker: 'https://download.docker.com/linux/centos',
    vault: 'https://vault.centos.org',
  },
  /** https://developer.aliyun.com/mirror/kubernetes, /docker-ce, /centos-vault */
  aliyun: {
    kubernetes: 'https://mirrors.aliyun.com/kubernetes-new/core/stable/MINOR/rpm/',
    docker: 'https://mirrors.aliyun.com/docker-ce/linux/centos',
    vault: 'https://mirrors.aliyun.com/centos-vault',
  },
  /** https://mirrors.tuna.tsinghua.edu.cn/help/kubernetes/, /docker-ce/, /centos-vault/ */
  tsinghua: {
    kubernetes: 'https://mirrors.tuna.tsinghua.edu.cn/kubernetes/core:/stable:/MINOR/rpm/',
    docker: 'https://mirrors.tuna.tsinghua.edu.cn/docker-ce/linux/centos',
    vault: 'https://mirrors.tuna.tsinghua.edu.cn/centos-vault',
  },
} as const satisfies Readonly<Record<string, PackageSource>>;

/** What is left of the legacy repository, for minors before v1.24: Google's own is gone (https://kubernetes.io/blog/2023/08/31/legacy-package-repository-deprecation/). */
export const legacyKubernetes = {
  baseUrl: 'https://mirrors.aliyun.com/kubernetes/yum/repos/kubernetes-el7-ARCHITECTURE/',
  gpgKeys: [
    'https://mirrors.aliyun.com/kubernetes/yum/doc/yum-key.gpg',
    'https://mirrors.aliyun.com/kubernetes/yum/doc/rpm-package-key.gpg',
  ],
} as const;
