import { Command } from 'commander';
import { sharedFlags } from '../config/shared-flags.ts';
import type { Host } from '../host/host.ts';
import { type EachHostFlags, hasManyHosts, onEachHost } from './each-host.ts';
import { addTargetOptions } from './input/targets.ts';
import type { Io } from './io.ts';
import { addFlags } from './options/flags.ts';
import { addOutputOption } from './options/output.ts';
import { inSession } from './session.ts';

/** `kinit unlock`: takes away the lock of a kinit that is no longer running, here or on many hosts. */
export function unlockCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('unlock').description(
    'Remove the lock that a kinit which crashed elsewhere left on this machine or, with --host, on others; says whose it was. Make sure first that it is no longer at work.',
  );
  addFlags(command, { parallel: sharedFlags.parallel });
  addTargetOptions(command);
  addOutputOption(command);
  return command.action(async (flags: EachHostFlags) => {
    const { breakLock, describeHolder } = await import('../host/lock/lock.ts');
    const unlock = async (host: Host) => {
      const holder = await breakLock(host);
      if (holder === undefined) return 'there was no lock';
      return holder === 'unreadable'
        ? 'removed a lock that did not say whose it was'
        : `removed the lock of ${describeHolder(holder)}`;
    };
    await inSession({ flags, io, exit, manyHosts: hasManyHosts(flags) }, (session) =>
      onEachHost(flags, io, session, unlock),
    );
  });
}
