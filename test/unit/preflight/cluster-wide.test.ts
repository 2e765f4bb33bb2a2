import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/host/facts/facts.ts';
import type { ClusterMember } from '../../../src/preflight/between/rule.ts';
import { clusterWide } from '../../../src/preflight/cluster-wide.ts';
import { factsOf } from './hosts.ts';

const base = factsOf('stream-9');

function member(
  name: string,
  last: number,
  changes: Partial<Facts> = {},
  more: Partial<ClusterMember> = {},
): ClusterMember {
  const address = `10.0.0.${last}`;
  const facts: Facts = {
    ...base,
    hostname: name,
    addresses: [{ interface: 'eth0', address, prefix: 24 }],
    defaultAddress: { v4: address, v6: undefined },
    identity: { machineId: `id-${name}`, productUuid: `uuid-${name}`, macs: [`02:00:00:00:00:${last}`] },
    resolves: new Map([
      ['cp1', ['10.0.0.11']],
      ['w1', ['10.0.0.12']],
      ['w2', ['10.0.0.13']],
    ]),
    clock: 1000,
    ...changes,
  };
  return { host: `root@${address}`, nodeName: name, facts, asked: 999.9, answered: 1000.1, ...more };
}

const names = (members: readonly ClusterMember[]) =>
  clusterWide(members).map(({ host, problem }) => `${host} ${problem.name}`);

describe('hosts that are to make a cluster together', () => {
  it('are told nothing where they differ in what must differ and find each other', () => {
    expect(names([member('cp1', 11), member('w1', 12), member('w2', 13)])).toEqual([]);
  });

  it.each([
    ['node name', { ...member('w1', 12), nodeName: 'cp1' }, 'DuplicateHostname'],
    [
      'machine-id',
      member('w1', 12, { identity: { machineId: 'id-cp1', productUuid: 'b', macs: [] } }),
      'DuplicateMachineId',
    ],
    [
      'product_uuid',
      member('w1', 12, { identity: { machineId: 'b', productUuid: 'uuid-cp1', macs: [] } }),
      'DuplicateProductUuid',
    ],
    [
      'MAC address',
      member('w1', 12, { identity: { machineId: 'b', productUuid: 'b', macs: ['02:00:00:00:00:11'] } }),
      'DuplicateMac',
    ],
  ])('each name the other that has the same %s', (_, other, check) => {
    expect(names([member('cp1', 11), other])).toEqual([`root@10.0.0.11 ${check}`, `root@10.0.0.12 ${check}`]);
  });

  it('may hide their product_uuid', () => {
    const hidden = { identity: { machineId: '', productUuid: '', macs: [] } };
    expect(names([member('cp1', 11, hidden), member('w1', 12, hidden)])).toEqual([]);
  });

  it('must agree about the time, and the one that is off is named with by how much', () => {
    const problems = clusterWide([member('cp1', 11), member('w1', 12), member('w2', 13, { clock: 880 })]);
    expect(problems.map(({ host, problem }) => `${host}: ${problem.message}`)).toEqual([
      'root@10.0.0.13: the clock is 120 s behind the other hosts',
    ]);
  });

  it('are not blamed for the time that their answers took', () => {
    const slow = member('w2', 13, { clock: 1000 }, { asked: 998, answered: 1018 });
    expect(names([member('cp1', 11), member('w1', 12), slow])).toEqual([]);
  });

  it('should resolve each other', () => {
    const alone = member('w1', 12, { resolves: new Map([['w1', ['10.0.0.12']]]) });
    expect(names([member('cp1', 11), alone])).toEqual(['root@10.0.0.12 NodeResolution']);
    const asked = { ...alone, resolves: new Map([['cp1', ['10.0.0.11']]]) };
    expect(names([member('cp1', 11), asked])).toEqual([]);
  });

  it('must not take somebody else for each other', () => {
    const wrong = member('w1', 12, { resolves: new Map([['cp1', ['10.9.9.9']]]) });
    expect(clusterWide([member('cp1', 11), wrong]).map(({ problem }) => problem.message)).toEqual([
      "cp1 resolves to an address that is not that host's",
    ]);
  });
});
