import type { Repository } from '../host/facts.ts';
import { type PreflightContext, type Problem, warning } from './problem.ts';

/** Enabled repositories whose servers are gone: nothing can be installed while yum asks them. */
export function deadRepositories({ facts }: PreflightContext): readonly Problem[] {
  const release = Number.parseInt(facts.os.version, 10);
  return facts.repositories
    .filter(({ enabled }) => enabled)
    .flatMap((repository) => {
      const gone = graves.find((grave) => grave.gone(repository, release));
      if (!gone) return [];
      const message = `repository ${repository.id} is dead: ${gone.reason}`;
      return [warning('DeadRepository', message, { evidence: repository.file, mend: gone.mend, prepared: true })];
    });
}

const vault =
  "sed -i -e 's/^mirrorlist=/#&/' -e 's|^#* *baseurl=http://mirror.centos.org|baseurl=https://vault.centos.org|' /etc/yum.repos.d/CentOS-*.repo";

const graves: readonly {
  readonly gone: (repository: Repository, osRelease: number) => boolean;
  readonly reason: string;
  readonly mend: string;
}[] = [
  {
    gone: ({ urls }) => urls.some((url) => url.includes('://mirrorlist.centos.org')),
    reason: 'mirrorlist.centos.org went with CentOS 7 on 1 July 2024',
    mend: vault,
  },
  {
    gone: ({ urls }, osRelease) => osRelease <= 8 && urls.some((url) => url.includes('://mirror.centos.org')),
    reason: 'mirror.centos.org no longer has CentOS 7 and 8; vault.centos.org has',
    mend: vault,
  },
  {
    gone: ({ urls }) => urls.some((url) => /:\/\/(packages\.cloud\.google\.com|yum\.kubernetes\.io)\//.test(url)),
    reason: "Google's Kubernetes repository was frozen in September 2023 and has since been removed",
    mend: 'pkgs.k8s.io/core:/stable:/v1.N/rpm/ from v1.24 on, else mirrors.aliyun.com/kubernetes/yum',
  },
];
