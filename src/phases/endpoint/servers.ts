import type { Change } from '../../execute/change.ts';
import type { Observed, Reads } from '../../execute/observed.ts';
import type { Phase } from '../phase.ts';

/** A kubeconfig on a host, and where it is to lead. */
export interface LedKubeconfig {
  readonly path: string;
  /** `https://host:port`. */
  readonly server: string;
  /** What has to see it anew: a service of the host, or a process that its static pod brings back. */
  readonly readBy?: { readonly service: string } | { readonly process: string };
}

/** Kubeconfigs that are there lead to these servers; their keys stay on the host. */
export const ledKubeconfigs = {
  name: 'endpoint',
  title: 'Kubeconfigs to the endpoint',
  reads: ({ led }: Led): Reads => ({ commands: led.map(({ path }) => serverIn(path)) }),
  desired: ({ led }: Led, { commands }: Pick<Observed, 'commands'>): readonly Change[] =>
    led.flatMap((one) => {
      const server = commands.get(serverIn(one.path).join('\0'))?.stdout.trim() ?? '';
      return server === '' || server === one.server ? [] : [leading(one)];
    }),
} satisfies Phase<Led>;

interface Led {
  readonly led: readonly LedKubeconfig[];
}

/** The server of a kubeconfig on the host; nothing where there is none. */
function serverIn(path: string): readonly string[] {
  return ['sed', '-n', 's/^ *server: *//p', path];
}

function leading({ path, server, readBy }: LedKubeconfig): Change {
  const again =
    readBy === undefined
      ? []
      : 'service' in readBy
        ? ['systemctl', 'restart', readBy.service]
        : ['pkill', '-x', readBy.process];
  return {
    kind: 'command',
    argv: ['sh', '-c', rewriting, 'kinit', path, server, ...again],
    says: `[endpoint] Leading ${path} to ${server}`,
    what: `leading ${path} to ${server}`,
  };
}

/**
 * A whole file in the place of the old one, with its owner and mode; then who has read it reads it again. The server comes
 * from a cluster: it is nobody's program. A process that does not run reads the file when it begins.
 */
const rewriting = `set -e
new=$(mktemp "\${1%/*}/.kinit-XXXXXX")
trap 'rm -f "$new"' EXIT
cp -p "$1" "$new"
server=$2 awk '/^ *server: / { sub(/server: .*/, ""); print $0 "server: " ENVIRON["server"]; next } { print }' "$1" >"$new"
sync
mv "$new" "$1"
shift 2
[ $# = 0 ] || "$@" || [ "$1" = pkill ]`;
