import { etcdDirectory, kubeletDirectory } from '../../release/paths.ts';
import { type Question, shell } from './question.ts';

/** Of how much how much is left. */
export interface Left {
  readonly total: number;
  readonly free: number;
}

/** What a host has left of disk and memory. */
export interface Room {
  /** By the path that was asked about, in KiB, with the mount point that it is on. */
  readonly disks: ReadonlyMap<string, Left & { readonly mount: string }>;
  /** By path, in inodes. */
  readonly inodes: ReadonlyMap<string, Left>;
  /** In KiB; undefined where the kernel does not tell. */
  readonly memory: Left | undefined;
}

/** Where containers and images are kept: the kubelet's `imagefs`. */
export const imageFolders = ['/var/lib/containerd', '/var/lib/docker', '/var/lib/containers'] as const;

const folders = [kubeletDirectory, ...imageFolders, etcdDirectory];

export const roomQuestion: Question<Room> = {
  argv: shell(`for folder in ${folders.join(' ')}; do
  [ -d "$folder" ] || continue
  timeout 5 df -Pk "$folder" 2>/dev/null | awk -v of="$folder" 'NR == 2 { print "disk", of, $2, $4, $6 }'
  timeout 5 df -Pi "$folder" 2>/dev/null | awk -v of="$folder" 'NR == 2 { print "inodes", of, $2, $4 }'
done
awk '/^(MemTotal|MemAvailable):/ { print "memory", $1, $2 }' /proc/meminfo`),
  parse: (text) => {
    const lines = text.split('\n').map((line) => line.split(' '));
    const of = (kind: string) => lines.filter((words) => words[0] === kind);
    const memory = new Map(of('memory').map(([, name = '', amount]) => [name, Number(amount)]));
    const [total, free] = [memory.get('MemTotal:'), memory.get('MemAvailable:')];
    return {
      disks: new Map(
        of('disk').map(([, path = '', total, free, mount = '']) => [
          path,
          { total: Number(total), free: Number(free), mount },
        ]),
      ),
      inodes: new Map(
        of('inodes').map(([, path = '', total, free]) => [path, { total: Number(total), free: Number(free) }]),
      ),
      memory: total === undefined || free === undefined ? undefined : { total, free },
    };
  },
};
