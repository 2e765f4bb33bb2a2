import { createHash, randomUUID } from 'node:crypto';
import { pieceSize, type Source } from '../../archive/source.ts';
import { type BundleDistribution, rpmFolder } from '../../bundle/lock.ts';
import { repodata } from '../../bundle/repodata.ts';
import { parseRpms, rpmQuery } from '../../bundle/rpm-query.ts';
import { KinitError } from '../../errors.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { FileWrite, Host } from '../../host/host.ts';
import { remoteFiles } from '../../host/shell/remote-file.ts';
import type { Reporter } from '../../report/reporter.ts';

/** Packages to gather, as dnf takes them, and where they come from beside the host's own repositories. */
export interface PackageWish {
  readonly packages: readonly string[];
  /** Repository files by name (`kubernetes.repo`). */
  readonly repositories: ReadonlyMap<string, string>;
}

export interface GatheredPackages {
  readonly distribution: BundleDistribution;
  /** Path in a bundle -> where its content is: the RPMs and the metadata of a repository. */
  readonly files: ReadonlyMap<string, Source>;
}

/**
 * Downloads packages with everything that they need on a bare host of the same distribution, on a host that reaches the
 * repositories, and hands them over; they are gone from the host afterwards. Throws KinitError with the package manager's
 * own words.
 */
export async function withPackages<Result>(
  host: Host,
  facts: Facts,
  wish: PackageWish,
  { reporter, signal }: { readonly reporter: Reporter; readonly signal: AbortSignal },
  use: (gathered: GatheredPackages) => Promise<Result>,
): Promise<Result> {
  const folder = `/var/lib/kinit/gather-${randomUUID().slice(0, 8)}`;
  const repositories = [...wish.repositories].map(
    ([name, content]): FileWrite => ({ path: `${folder}/repos/${name}`, content, mode: 0o600 }),
  );
  reporter.report({
    type: 'line',
    host: host.name,
    text: `[bundle] Downloading ${wish.packages.join(', ')} and what they need`,
  });
  try {
    await host.perform([{ op: 'directory', path: folder, mode: 0o700 }]);
    await host.write(repositories);
    const argv = ['sh', '-c', downloadScript, 'kinit-download', folder, ...wish.packages];
    const { code, stderr, stdout } = await host.run(argv, { deadline: 3600, signal });
    if (code !== 0) throw refused(host, stderr || stdout);
    return await use(await gathered(host, `${folder}/rpms`, facts, signal));
  } finally {
    await host.perform([{ op: 'remove', path: folder }]).catch(() => undefined);
  }
}

function refused(host: Host, words: string): KinitError {
  const last = words.trim().split('\n').slice(-12).join('\n');
  const full = /No space left|needs? .* more space/i.test(words);
  return new KinitError(`the packages could not be downloaded:\n${last}`, {
    host: host.name,
    hint: full
      ? 'make room in /var/lib/kinit there (`df -h`)'
      : 'check that this host reaches its repositories (`dnf repolist`), and the version in the configuration',
  });
}

async function gathered(host: Host, folder: string, facts: Facts, signal: AbortSignal): Promise<GatheredPackages> {
  const { code, stdout, stderr } = await host.run(['sh', '-c', `cd "$1" && ${rpmQuery}`, 'sh', folder], {
    deadline: 600,
    signal,
  });
  if (code !== 0) throw new KinitError(`rpm does not read the packages: ${stderr.trim()}`, { host: host.name });
  const rpms = parseRpms(stdout);
  const sources = await remoteFiles(
    host,
    rpms.map(({ file }) => `${folder}/${file}`),
    signal,
  );
  const packages = rpms.flatMap((rpm, index) => {
    const source = sources[index];
    return source ? [{ ...rpm, size: source.size, sha256: source.sha256, source }] : [];
  });
  const newest = Math.max(0, ...rpms.map(({ built }) => Number(built)));
  return {
    distribution: { id: facts.os.id, version: facts.os.version, architecture: facts.architecture },
    files: new Map([
      ...packages.map(({ file, source }): [string, Source] => [`${rpmFolder}/${file}`, source]),
      ...[...repodata(packages, newest)].map(([path, content]): [string, Source] => [
        `${rpmFolder}/${path}`,
        inMemory(content),
      ]),
    ]),
  };
}

function inMemory(content: Buffer): Source {
  return {
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    read: async (offset, length) => content.subarray(offset, offset + Math.min(length, pieceSize)),
  };
}

/**
 * Resolved as for an empty machine, so that whatever a bare host lacks is there. The host's repositories are asked with
 * the host's own variables; signatures are checked as they say.
 */
const downloadScript = `
folder=$1; shift
manager=$(command -v dnf || command -v yum) || { echo 'there is neither dnf nor yum' >&2; exit 1; }
[ ! -r /etc/os-release ] || . /etc/os-release
releasever=$(rpm -q --whatprovides 'system-release(releasever)' \\
  --qf '%{VERSION} [%{PROVIDENAME}=%{PROVIDEVERSION} ]\\n' | awk '{
    found = $1
    for (i = 2; i <= NF; i++) if (sub(/^system-release\\(releasever\\)=/, "", $i) && $i != "") found = $i
    print found; exit }')
for vars in /etc/yum/vars /etc/dnf/vars; do
  [ ! -d $vars ] || { mkdir -p "$folder/root$vars" && cp -p $vars/* "$folder/root$vars"; } 2>/dev/null
done
mkdir -p "$folder/root" "$folder/rpms" "$folder/repos" || exit
case $manager in
  */dnf) set -- --setopt=install_weak_deps=False \${PLATFORM_ID:+--setopt=module_platform_id=$PLATFORM_ID} "$@" ;;
esac
exec "$manager" -y install --downloadonly --downloaddir="$folder/rpms" --installroot="$folder/root" \\
  --releasever="\${releasever:-\${VERSION_ID%%.*}}" --setopt=reposdir=/etc/yum.repos.d,"$folder/repos" \\
  --setopt=cachedir="$folder/cache" --disableexcludes=all "$@"`;
