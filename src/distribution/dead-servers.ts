/** Package servers that are gone: how the URLs of a repository name them, and why nothing comes from there any more. */
export const deadServers = {
  /** https://blog.centos.org/2023/04/end-dates-are-coming-for-centos-stream-8-and-centos-linux-7/ */
  centosMirrorList: {
    urls: /:\/\/mirrorlist\.centos\.org\b/,
    reason: 'mirrorlist.centos.org went with CentOS 7 on 1 July 2024',
  },
  centosMirror: {
    urls: /:\/\/mirror\.centos\.org\b/,
    reason: 'mirror.centos.org no longer has CentOS 7 and 8; vault.centos.org has',
  },
  /** https://kubernetes.io/blog/2023/08/31/legacy-package-repository-deprecation/; its other repositories live on. */
  googleKubernetes: {
    urls: /:\/\/(packages\.cloud\.google\.com\/yum\/repos\/kubernetes|yum\.kubernetes\.io)/,
    reason: "Google's Kubernetes repository was frozen in September 2023 and has since been removed",
  },
} as const satisfies Readonly<Record<string, { readonly urls: RegExp; readonly reason: string }>>;

/** The newest release of the RHEL family whose packages CentOS' mirrors had. */
export const lastMirroredRelease = 8;

/** What leads yum and dnf to CentOS' vault instead of its mirrors. */
export const vaultAdvice =
  "sed -i -e 's/^mirrorlist=/#&/' -e 's|^#* *baseurl=http://mirror.centos.org|baseurl=https://vault.centos.org|' /etc/yum.repos.d/CentOS-*.repo";

/** Where Kubernetes' packages come from now. */
export const kubernetesAdvice =
  'pkgs.k8s.io/core:/stable:/v1.N/rpm/ from v1.24 on, else mirrors.aliyun.com/kubernetes/yum';
