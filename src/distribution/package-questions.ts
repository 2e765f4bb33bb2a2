/** A command that lists the kubelets of the repositories on its standard input, or else of those that the host has. */
export function listingKubelets(manager: string): readonly string[] {
  return ['sh', '-c', `${ofGivenRepositories}\n${listing}`, 'kinit', manager];
}

/**
 * A command that puts packages of such repositories into the package manager's cache, where their installation finds them and
 * looks at their signatures; undefined where it would keep them under the name of a repository that is another one still.
 */
export function downloading(manager: string, packages: readonly string[]): readonly string[] | undefined {
  if (manager !== 'dnf') return undefined;
  return ['sh', '-c', `${ofGivenRepositories}\n${download}`, 'kinit', manager, ...packages];
}

/** Of what stands on standard input, in a folder of its own; what follows are options that name it. */
const ofGivenRepositories = `
manager=$1; shift
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cat >"$folder/kinit.repo" || exit
[ ! -s "$folder/kinit.repo" ] || set -- "--setopt=reposdir=$folder" "$@"`;

/** yum keeps what a repository has by its name alone, whatever its URL; dnf by both, so that whoever asks next has it there. */
const listing = `
[ ! -s "$folder/kinit.repo" ] || case $manager in
  dnf) set -- "$@" --refresh ;;
  *) set -- "$@" "--setopt=cachedir=$folder/cache" ;;
esac
"$manager" -q "$@" --disableexcludes=all --showduplicates list kubelet`;

const download = `
"$manager" -y -q --disableexcludes=all --nogpgcheck --downloadonly install "$@"`;
