import { deadServers, lastMirroredRelease } from '../distribution/dead-servers.ts';
import type { Repository } from '../host/facts/facts.ts';
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

const { centosMirrorList, centosMirror, googleKubernetes } = deadServers;

const graves: readonly {
  readonly gone: (repository: Repository, osRelease: number) => boolean;
  readonly reason: string;
  readonly mend: string;
}[] = [
  { ...centosMirrorList, gone: (repository) => isAt(centosMirrorList, repository), mend: vault },
  {
    ...centosMirror,
    gone: (repository, osRelease) => osRelease <= lastMirroredRelease && isAt(centosMirror, repository),
    mend: vault,
  },
  {
    ...googleKubernetes,
    gone: (repository) => isAt(googleKubernetes, repository),
    mend: 'pkgs.k8s.io/core:/stable:/v1.N/rpm/ from v1.24 on, else mirrors.aliyun.com/kubernetes/yum',
  },
];

function isAt(server: { readonly urls: RegExp }, { urls }: Repository): boolean {
  return urls.some((url) => server.urls.test(url));
}
