import type { Change } from '../../execute/change.ts';
import type { Phase } from '../phase.ts';
import type { PrepareContext } from './context.ts';
import { type OwnRepository, ownRepositories } from './own-repositories.ts';

/** Where Kubernetes' and the runtime's packages come from, in files of kinit's. */
export const repositories: Phase<PrepareContext> = {
  name: 'repositories',
  title: 'Package repositories',
  reads: (context) => ({ files: ownRepositories(context).map(fileOf) }),
  desired: (context): readonly Change[] =>
    ownRepositories(context).map((repository) => ({
      kind: 'file',
      path: fileOf(repository),
      content: repositoryText(repository, context.inventory.packages.gpgCheck),
      mode: 0o644,
      says: `[repositories] Adding ${repository.name}: ${repository.baseUrl}`,
    })),
};

function fileOf({ id }: OwnRepository): string {
  return `/etc/yum.repos.d/${id}.repo`;
}

/** yum.conf(5), dnf.conf(5). Mirrors do not sign the index of packages; the packages are signed. */
export function repositoryText({ id, name, baseUrl, gpgKeys, held }: OwnRepository, gpgCheck: boolean): string {
  return [
    '# Made by kinit. Packages that are excluded here are installed by kinit alone (--disableexcludes).',
    `[${id}]`,
    `name=${name}`,
    `baseurl=${baseUrl}`,
    'enabled=1',
    `gpgcheck=${gpgCheck ? 1 : 0}`,
    'repo_gpgcheck=0',
    ...(gpgKeys.length > 0 ? [`gpgkey=${gpgKeys.join('\n       ')}`] : []),
    `exclude=${held.join(' ')}`,
    '',
  ].join('\n');
}
