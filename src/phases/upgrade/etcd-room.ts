import { posix } from 'node:path';
import { KinitError } from '../../errors.ts';
import type { CommandResult } from '../../host/host.ts';

/** What is asked of a host before etcd's data are copied into a folder. */
export function etcdRoomCommands(dataDir: string, folder: string): readonly (readonly string[])[] {
  return [usage(dataDir), room(folder)];
}

/** Why the copy would fill the disk; undefined where it would not, or where nobody knows. */
export function noEtcdRoom(
  commands: ReadonlyMap<string, CommandResult>,
  dataDir: string,
  folder: string,
): KinitError | undefined {
  const text = (argv: readonly string[]) => commands.get(argv.join('\0'))?.stdout ?? '';
  const used = Number(/^(\d+)/.exec(text(usage(dataDir)))?.[1]);
  const free = Number(text(room(folder)).trim().split('\n').at(-1)?.split(/\s+/)[3]);
  if (!Number.isFinite(used) || !Number.isFinite(free) || free > used * roomFactor + spareRoom) return undefined;
  const mib = (kib: number) => `${Math.ceil(kib / 1024)} MiB`;
  const above = posix.dirname(folder);
  return new KinitError(
    `no room for a copy of etcd's data: ${dataDir} holds ${mib(used)}, ${above} has ${mib(free)} free`,
    {
      hint: `make room there, for one by what earlier upgrades left in ${above}; or leave etcd as it is: --etcd-upgrade=false`,
    },
  );
}

function usage(dataDir: string): readonly string[] {
  return ['du', '-sk', dataDir];
}

/** /etc/kubernetes is there where its tmp, which may be a mount of its own, is not there yet. */
function room(folder: string): readonly string[] {
  return ['df', '-Pk', posix.dirname(posix.dirname(folder)), posix.dirname(folder)];
}

/** etcd goes on writing while it is copied. */
const roomFactor = 1.1;
/** KiB. */
const spareRoom = 64 * 1024;
