import { deadServers } from '../../distribution/dead-servers.ts';
import { KinitError } from '../../errors.ts';
import type { Facts } from '../../host/facts/facts.ts';
import { packageSources } from '../../inventory/package-sources.ts';
import type { Phase } from '../phase.ts';
import type { PrepareContext } from './context.ts';
import { edited } from './edit.ts';

/** Repositories whose servers are gone: CentOS' from its vault, Google's of Kubernetes not at all. */
export const osRepositories: Phase<PrepareContext> = {
  name: 'os-repositories',
  title: "Distribution's repositories",
  reads: (context) => ({ files: filesToMend(context) }),
  desired: (context, observed) => {
    const vault = vaultOf(context);
    const mend = (text: string) => withoutGoogle(vault === undefined ? text : withVault(text, vault));
    return filesToMend(context).flatMap((path) => {
      const says = `[os-repositories] Replacing dead servers in ${path}`;
      return edited(path, observed, mend, says);
    });
  },
};

const { centosMirrorList, centosMirror, googleKubernetes } = deadServers;

function filesToMend(context: PrepareContext): readonly string[] {
  const { facts, inventory, distribution, fromBundle } = context;
  const { vaultRepositories } = inventory.preparation;
  if (inventory.packages.source === 'none' || vaultRepositories === false || fromBundle) return [];
  const servers = [googleKubernetes, ...(distribution.vault === undefined ? [] : [centosMirrorList, centosMirror])];
  const dead = facts.repositories.filter(
    (repository) =>
      repository.enabled && repository.urls.some((url) => servers.some((server) => server.urls.test(url))),
  );
  return [...new Set(dead.map(({ file }) => file))];
}

/** The folder of the host's release in the vault. Throws KinitError where no vault is known. */
function vaultOf({ inventory, distribution, facts }: PrepareContext): string | undefined {
  const { source } = inventory.packages;
  const { vaultRepositories } = inventory.preparation;
  if (distribution.vault === undefined) return undefined;
  const known = Object.entries(packageSources).find(([name]) => name === source)?.[1].vault;
  const server = typeof vaultRepositories === 'string' ? vaultRepositories : (known ?? packageSources.official.vault);
  return `${server.replace(/\/$/, '')}/${folder(distribution.vault, facts)}`;
}

/** CentOS 7 for other architectures is beside the vault's releases, below altarch. */
function folder(release: string, { architecture }: Facts): string {
  if (architecture === 'x86_64' || !release.startsWith('7')) return release;
  if (['aarch64', 'ppc64le', 'armhfp', 'i386'].includes(architecture)) return `altarch/${release}`;
  throw new KinitError(`CentOS ${release} has no vault for ${architecture}`);
}

/** Line by line, so that each can be turned back. */
function withVault(text: string, vault: string): string {
  return text
    .replaceAll(/^(mirrorlist=.*mirrorlist\.centos\.org.*)$/gm, '#$1')
    .replaceAll(
      /^#?[^\S\n]*baseurl=https?:\/\/mirror\.centos\.org\/(?:centos|altarch|\$contentdir)\/(?:\$releasever|\$stream|\d[^/\n]*)\//gm,
      `baseurl=${vault}/`,
    );
}

/** Switched off; kinit's own repository takes its place. */
function withoutGoogle(text: string): string {
  return text
    .split(/^(?=\[)/m)
    .map((section) => {
      if (!googleKubernetes.urls.test(section)) return section;
      if (/^enabled\s*=/m.test(section)) return section.replace(/^enabled\s*=.*$/m, 'enabled=0');
      return section.replace(/^(baseurl)/m, 'enabled=0\n$1');
    })
    .join('');
}
