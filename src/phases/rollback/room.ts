import { posix } from 'node:path';
import { KinitError } from '../../errors.ts';
import { journalFolder } from '../../execute/record-paths.ts';
import type { CommandResult } from '../../host/host.ts';

const ownFolder = posix.dirname(journalFolder);

/** What is asked of a host before how it is is kept. The folder may be a mount of its own; what is not there yet is not told of. */
export const wayBackRoom: readonly string[] = ['df', '-Pk', posix.dirname(ownFolder), ownFolder];

/** KiB: many times what the copies take. */
const leastRoom = 4096;

/** Why there is no room for the way back of a host; undefined where there is. */
export function noWayBackRoom(commands: ReadonlyMap<string, CommandResult>): KinitError | undefined {
  const free = Number(commands.get(wayBackRoom.join('\0'))?.stdout.trim().split('\n').at(-1)?.split(/\s+/)[3]);
  if (!Number.isFinite(free) || free >= leastRoom) return undefined;
  return new KinitError(`no room to keep how this node is before it is changed: ${ownFolder} has ${free} KiB free`, {
    hint: `make room there (df -h ${ownFolder}), then run the same command again`,
  });
}
