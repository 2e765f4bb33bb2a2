import { exitCodes } from '../../errors.ts';
import { table } from '../../report/host-table.ts';
import type { MemberState } from '../../workflows/etcd/maintenance.ts';
import { openControlPlanes } from '../input/control-planes.ts';
import type { InventoryFlags } from '../input/inventory-file.ts';
import { type Io, tell } from '../io.ts';
import { inQuietSession, inSession } from '../session.ts';
import { printed } from './printed.ts';

/** The flags of `kinit etcd status`, `defrag` and `alarm`. */
export interface MaintenanceFlags extends InventoryFlags {
  readonly output?: string;
}

/** Prints every member; exit code 1 where one is not well or raises an alarm. Throws KinitError where none answers. */
export async function runEtcdStatus(flags: MaintenanceFlags, io: Io): Promise<number> {
  const { etcdDoors } = await import('../../workflows/etcd/doors.ts');
  const { memberStates } = await import('../../workflows/etcd/maintenance.ts');
  const states = await inQuietSession(io, async (session) =>
    memberStates(await etcdDoors(await openControlPlanes(flags, io, session))),
  );
  const objects = states.map(({ name, id, role, status, alarms }) => ({
    name,
    id,
    role,
    version: status?.version ?? null,
    databaseBytes: status?.databaseBytes ?? null,
    usedBytes: status?.usedBytes ?? null,
    revision: status?.revision ?? null,
    alarms,
  }));
  await printed({ members: objects }, flags.output ?? 'text', io, () => statesTable(states));
  return states.every(isWell) ? exitCodes.done : exitCodes.phaseFailed;
}

function isWell({ role, alarms }: MemberState): boolean {
  return (role === 'leader' || role === 'follower') && alarms.length === 0;
}

function statesTable(states: readonly MemberState[]): readonly string[] {
  const rows = states.map(({ name, id, role, status, alarms }) => [
    ...[name, id, role, status?.version ?? ''],
    ...(status === undefined
      ? ['', '', '']
      : [megabytes(status.databaseBytes), megabytes(status.usedBytes), String(status.revision)]),
    alarms.join(', '),
  ]);
  return table(['MEMBER', 'ID', 'ROLE', 'VERSION', 'SIZE', 'IN USE', 'REVISION', 'ALARMS'], rows).trimEnd().split('\n');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1000 / 1000).toFixed(1)} MB`;
}

/** Defragments all members one by one. Throws KinitError; exit 2 where one is not well before. */
export async function runDefrag(flags: MaintenanceFlags, io: Io): Promise<void> {
  const { etcdDoors } = await import('../../workflows/etcd/doors.ts');
  const { defragment } = await import('../../workflows/etcd/maintenance.ts');
  await inSession({ flags, io }, async (session) => {
    const done = await defragment(await etcdDoors(await openControlPlanes(flags, io, session)), session.run);
    await session.told();
    const line = ({ name, bytesBefore, bytesAfter }: (typeof done)[number]) =>
      `${name}: ${megabytes(bytesBefore)} before, ${megabytes(bytesAfter)} now\n`;
    if (session.json) io.result({ members: done });
    else tell(io, done.map(line).join(''));
    return undefined;
  });
}

/** Prints the alarms of all members, or disarms them. Throws KinitError. */
export async function runAlarm(what: 'list' | 'disarm', flags: MaintenanceFlags, io: Io): Promise<void> {
  const { etcdDoors } = await import('../../workflows/etcd/doors.ts');
  const { disarm, memberStates } = await import('../../workflows/etcd/maintenance.ts');
  const found = await inQuietSession(io, async (session) => {
    const doors = await etcdDoors(await openControlPlanes(flags, io, session));
    if (what === 'disarm') return disarm(doors);
    return (await memberStates(doors)).flatMap(({ name, alarms }) => alarms.map((alarm) => ({ name, alarm })));
  });
  const verb = what === 'disarm' ? 'disarmed: ' : '';
  await printed({ alarms: found }, flags.output ?? 'text', io, () =>
    found.length === 0 ? ['no member raises an alarm'] : found.map(({ name, alarm }) => `${verb}${name} ${alarm}`),
  );
}
