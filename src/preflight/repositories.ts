import { deadServers, kubernetesAdvice, lastMirroredRelease, vaultAdvice } from '../distribution/dead-servers.ts';
import type { Repository } from '../host/facts/facts.ts';
import { type PreflightContext, type Problem, warning } from './problem.ts';

/** Enabled repositories whose servers are gone: nothing can be installed while they are asked. */
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

const { centosMirrorList, centosMirror, googleKubernetes } = deadServers;

const graves: readonly {
  readonly gone: (repository: Repository, osRelease: number) => boolean;
  readonly reason: string;
  readonly mend: string;
}[] = [
  { ...centosMirrorList, gone: (repository) => isAt(centosMirrorList, repository), mend: vaultAdvice },
  {
    ...centosMirror,
    gone: (repository, osRelease) => osRelease <= lastMirroredRelease && isAt(centosMirror, repository),
    mend: vaultAdvice,
  },
  {
    ...googleKubernetes,
    gone: (repository) => isAt(googleKubernetes, repository),
    mend: kubernetesAdvice,
  },
];

function isAt(server: { readonly urls: RegExp }, { urls }: Repository): boolean {
  return urls.some((url) => server.urls.test(url));
}
