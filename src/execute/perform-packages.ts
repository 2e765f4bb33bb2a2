import { KinitError } from '../errors.ts';
import type { PackagesChange } from './change.ts';
import { packageRecord, packagesBefore } from './record-paths.ts';
import type { Target } from './target.ts';

/** Seconds; mirrors can be slow. */
const installDeadline = 1800;
const listDeadline = 300;

/**
 * Installs packages, whatever else is installed of them, and writes down what came with them. Throws KinitError; for a
 * version that no repository has it names the nearest that there are.
 */
export async function performPackages(change: PackagesChange, target: Target): Promise<void> {
  const { manager, names, options } = change;
  const { host, signal } = target;
  const argv = ['sh', '-c', installing, 'kinit', manager, options.join(' '), ...names];
  const { code, stdout, stderr } = await host.run(argv, { deadline: installDeadline, signal });
  if (code === 0) return;
  const missing = await missingVersions(change, target);
  const words = (stderr.trim() || stdout.trim()).split('\n').slice(-12).join('\n');
  throw new KinitError(
    missing.length > 0
      ? missing.join('\n')
      : `installing ${names.join(', ')} with ${manager} failed with exit code ${code}${words && `:\n${words}`}`,
    { host: host.name, hint: missing.length > 0 ? otherVersion : change.advice },
  );
}

const otherVersion =
  'name a version that is there (kubernetesVersion, runtime.version), or other repositories (packages.source)';

/**
 * Options hold no spaces. yum passes over names that it does not know and does not go back to an older version by
 * itself. Keys of repositories are packages too, all of one name.
 */
const installing = `
before=${packagesBefore} record=${packageRecord}
there() { rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE}\\n' | awk '{ print $1 == "gpg-pubkey" ? $1 "-" $2 : $1 }' | sort -u; }
lacking() {
  versions=$(rpm -qa --qf '%{NAME}-%{VERSION}\\n')
  for name; do
    rpm -q --quiet "$name" || like "$name" || echo "$name"
  done
}
like() { for one in $versions; do case $one in $1) return 0 ;; esac; done; return 1; }
manager=$1 options=$2
shift 2
mkdir -p "\${before%/*}" && umask 077 || exit
[ -e "$before" ] || { there >"$before.new" && mv "$before.new" "$before"; } || exit
code=0
if [ $# -gt 0 ]; then
  (umask 022; $manager -y $options install "$@") || code=$?
  rest=$(lacking "$@")
  if [ $code = 0 ] && [ -n "$rest" ]; then
    (umask 022; $manager -y $options downgrade $rest) || code=$?
    rest=$(lacking "$@")
  fi
  if [ $code = 0 ] && [ -n "$rest" ]; then echo "not installed:" $rest >&2; code=1; fi
fi
there | comm -13 "$before" - | sort -u - $(ls "$record" 2>/dev/null) >"$record.new" && mv "$record.new" "$record" && rm -f "$before"
exit $code
`;

/** Writes what phases look for that packages bring, where the host only remembers. */
export async function assumePackages({ names }: PackagesChange, { host }: Target): Promise<void> {
  if (!names.some((name) => name.startsWith('kubelet-'))) return;
  await host.write([{ path: '/usr/lib/systemd/system/kubelet.service', content: '', mode: 0o644 }]);
}

/** A sentence for every wanted version that no repository has, with its neighbours. */
async function missingVersions(
  { manager, names, options }: PackagesChange,
  { host, signal }: Target,
): Promise<readonly string[]> {
  const wanted = names.flatMap(nameAndVersion);
  if (wanted.length === 0) return [];
  const argv = [manager, '-q', ...options, '--showduplicates', 'list', ...wanted.map(({ name }) => name)];
  const { stdout } = await host.run(argv, { deadline: listDeadline, signal });
  const offered = offeredVersions(stdout);
  return wanted.flatMap(({ name, version }) => {
    const versions = offered.get(name) ?? [];
    if (versions.length === 0 || versions.some((one) => satisfies(one, version))) return [];
    return [
      `no repository of the host has ${name} ${version}; the nearest are ${nearestVersions(version, versions).join(', ')}`,
    ];
  });
}

/** `kubelet-1.20.2` and `containerd.io-1.*` ask for a version, `socat` and `iproute-tc` do not. */
function nameAndVersion(spec: string): readonly { readonly name: string; readonly version: string }[] {
  const [, name, version] = /^(.+)-(\d[\w.*]*)$/.exec(spec) ?? [];
  return name === undefined || version === undefined ? [] : [{ name, version }];
}

/** The versions that `yum list` tells of: `kubelet.x86_64  1.20.2-0  kubernetes`, with an epoch where there is one. */
export function offeredVersions(list: string): ReadonlyMap<string, readonly string[]> {
  const versions = new Map<string, string[]>();
  for (const line of list.split('\n')) {
    const [, name, version] = /^(\S+)\.\w+\s+(?:\d+:)?([^-\s]+)-\S+\s+@?\S+\s*$/.exec(line) ?? [];
    if (name !== undefined && version !== undefined) versions.set(name, [...(versions.get(name) ?? []), version]);
  }
  return versions;
}

function satisfies(version: string, wanted: string): boolean {
  return wanted.endsWith('*') ? version.startsWith(wanted.slice(0, -1)) : version === wanted;
}

/** The closest below and above, and the newest. */
export function nearestVersions(wanted: string, versions: readonly string[]): readonly string[] {
  const sorted = [...new Set(versions)].sort(byVersion);
  const above = sorted.findIndex((version) => byVersion(version, wanted) > 0);
  const at = above < 0 ? sorted.length : above;
  return [...new Set([...sorted.slice(Math.max(0, at - 1), at + 1), ...sorted.slice(-1)])];
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
