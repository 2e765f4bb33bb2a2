import type { Change } from '../../execute/change.ts';
import type { Phase } from '../phase.ts';
import type { PrepareContext } from './context.ts';
import { textAt } from './edit.ts';
import { type OwnRepository, ownRepositories, ownRepositoryIds } from './own-repositories.ts';

/** Where Kubernetes' and the runtime's packages come from, in files of kinit's; those of another source go. */
export const repositories: Phase<PrepareContext> = {
  name: 'repositories',
  title: 'Package repositories',
  reads: (context) => ({ files: [...ownRepositories(context).map(fileOf), ...otherFiles(context)] }),
  desired: (context, observed): readonly Change[] => [
    ...otherFiles(context).flatMap((path): readonly Change[] =>
      textAt(path, observed)?.startsWith(mark)
        ? [{ kind: 'absent', path, says: `[repositories] Removing ${path}: packages.source is another by now` }]
        : [],
    ),
    ...ownRepositories(context).map(
      (repository): Change => ({
        kind: 'file',
        path: fileOf(repository),
        content: repositoryText(repository, context.inventory.packages.gpgCheck),
        mode: 0o644,
        says: `[repositories] Adding ${repository.name}: ${repository.baseUrl}`,
      }),
    ),
  ],
};

const mark = '# Made by kinit.';

function fileOf({ id }: Pick<OwnRepository, 'id'>): string {
  return `/etc/yum.repos.d/${id}.repo`;
}

/** Where this host has files that kinit makes for other sources. One that is not reached fails every installation. */
function otherFiles(context: PrepareContext): readonly string[] {
  if (context.fromBundle !== undefined) return [];
  const wanted = ownRepositories(context).map(fileOf);
  const there = new Set(context.facts.repositories.map(({ file }) => file));
  return ownRepositoryIds.map((id) => fileOf({ id })).filter((path) => there.has(path) && !wanted.includes(path));
}

/** yum.conf(5), dnf.conf(5). Mirrors do not sign the index of packages; the packages are signed. */
export function repositoryText({ id, name, baseUrl, gpgKeys, held }: OwnRepository, gpgCheck: boolean): string {
  return [
    `${mark} Packages that are excluded here are installed by kinit alone (--disableexcludes).`,
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
