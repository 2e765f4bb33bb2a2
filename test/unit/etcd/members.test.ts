import { describe, expect, it } from 'vitest';
import {
  canLose,
  type EtcdMember,
  hasQuorum,
  hasStarted,
  hexId,
  initialCluster,
  memberAt,
  quorum,
} from '../../../src/etcd/members.ts';

const member = (number: number, change: Partial<EtcdMember> = {}): EtcdMember => ({
  id: String(number),
  name: `cp${number}`,
  peerURLs: [`https://10.0.0.${number}:2380`],
  clientURLs: [`https://10.0.0.${number}:2379`],
  isLearner: false,
  ...change,
});

describe('the initial cluster of a joining member', () => {
  const own = { name: 'cp3', peerURL: 'https://10.0.0.3:2380' };
  const textOf = (members: readonly EtcdMember[]) =>
    initialCluster(members, own)
      .map(({ name, peerURL }) => `${name}=${peerURL}`)
      .join(',');

  it('names every member, and the announced one by the name that it will have', () => {
    const announced = member(3, { name: '', isLearner: true });
    expect(textOf([member(1), announced, member(2)])).toBe(
      'cp1=https://10.0.0.1:2380,cp3=https://10.0.0.3:2380,cp2=https://10.0.0.2:2380',
    );
  });

  it('calls another member that has not started by its id in hexadecimal', () => {
    const stranger = member(2, { id: '14374053563498394931', name: '' });
    expect(textOf([member(1), stranger])).toBe(
      'cp1=https://10.0.0.1:2380,c77ae58f1ac27533=https://10.0.0.2:2380,cp3=https://10.0.0.3:2380',
    );
  });

  it('repeats a member that listens at several URLs', () => {
    const two = member(1, { peerURLs: ['https://10.0.0.1:2380', 'https://[fd00::1]:2380'] });
    expect(textOf([two])).toMatch(/^cp1=https:\/\/10\.0\.0\.1:2380,cp1=https:\/\/\[fd00::1\]:2380,/);
  });
});

describe('members', () => {
  it('are found by their peer URL, started or not', () => {
    const announced = member(2, { name: '' });
    expect(memberAt([member(1), announced], 'https://10.0.0.2:2380')).toBe(announced);
    expect(memberAt([member(1)], 'https://10.0.0.2:2380')).toBeUndefined();
    expect([hasStarted(member(1)), hasStarted(announced)]).toEqual([true, false]);
  });

  it('have ids that no JavaScript number can hold', () => {
    expect(hexId('18446744073709551615')).toBe('ffffffffffffffff');
  });
});

describe('quorum', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
  ])('of %i voters is %i', (voters, needed) => {
    expect(quorum(voters)).toBe(needed);
  });

  it('does not count learners', () => {
    const members = [member(1), member(2, { isLearner: true }), member(3, { isLearner: true })];
    expect(hasQuorum(members, new Set(['1']))).toBe(true);
    expect(hasQuorum(members, new Set(['2', '3']))).toBe(false);
  });

  it.each([
    ['one of three healthy ones', 3, '3', ['1', '2', '3'], true],
    ['the sick one of three', 3, '3', ['1', '2'], true],
    ['a healthy one of three beside a sick one', 3, '3', ['1', '3'], false],
    ['one of two', 2, '2', ['1', '2'], true],
    ['the healthy one of two', 2, '2', ['2'], false],
    ['the only one', 1, '1', ['1'], false],
  ])('allows to lose %s: rightly decided', (_, count, id, healthy, allowed) => {
    const members = Array.from({ length: count }, (__, index) => member(index + 1));
    expect(canLose(members, id, new Set(healthy))).toBe(allowed);
  });
});
