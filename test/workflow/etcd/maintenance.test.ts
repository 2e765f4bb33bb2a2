import { beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../src/errors.ts';
import { etcdDoors } from '../../../src/workflows/etcd/doors.ts';
import { defragment, disarm, memberStates } from '../../../src/workflows/etcd/maintenance.ts';
import { quietRun } from '../../run.ts';
import { type EtcdRoom, etcdRoom, members } from './room.ts';

let room: EtcdRoom;
beforeEach(async () => {
  room = await etcdRoom();
});

const doors = () => etcdDoors(room.hosts);
const defragmented = () => room.etcd.calls.filter((call) => call.startsWith('defragment'));

describe('the members of etcd', () => {
  test('are told with role, version, sizes, revision and alarms', async () => {
    room.etcd.alarms.push({ memberId: room.etcd.members[2]?.id ?? '', alarm: 'NOSPACE' });
    room.etcd.stop(members[1]!.clientURL);
    const states = await memberStates(await doors());
    expect(states.map(({ name, role, alarms }) => [name, role, alarms])).toEqual([
      ['m1', 'leader', []],
      ['m2', 'does not answer', []],
      ['m3', 'follower', ['NOSPACE']],
    ]);
    expect(states[0]?.status).toMatchObject({
      version: '3.5.16',
      databaseBytes: 20480,
      usedBytes: 16384,
      revision: 21,
    });
    expect(states[1]?.status).toBeUndefined();
  });

  test('are defragmented one at a time, the leader last', async () => {
    const done = await defragment(await doors(), quietRun());
    expect(defragmented()).toEqual(['11', '12', '10'].map((address) => `defragment https://192.0.2.${address}:2379`));
    expect(done).toEqual(['m2', 'm3', 'm1'].map((name) => ({ name, bytesBefore: 20480, bytesAfter: 16384 })));
  });

  test('are left alone where one of them does not answer: exit 2', async () => {
    room.etcd.stop(members[2]!.clientURL);
    await expect(defragment(await doors(), quietRun())).rejects.toMatchObject({
      exitCode: exitCodes.preflight,
      message: expect.stringContaining('m3 (does not answer)'),
    });
    expect(defragmented()).toEqual([]);
  });

  test('raise no alarms any more when those are disarmed', async () => {
    room.etcd.alarms.push({ memberId: room.etcd.members[2]?.id ?? '', alarm: 'NOSPACE' });
    expect(await disarm(await doors())).toEqual([{ name: 'm3', alarm: 'NOSPACE' }]);
    expect(room.etcd.alarms).toEqual([]);
    expect(await disarm(await doors())).toEqual([]);
  });
});
