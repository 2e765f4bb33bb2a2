import { describe, expect, it } from 'vitest';
import { isMended, lenientTowards, withoutMended } from '../../../src/preflight/mended.ts';
import { failure, warning } from '../../../src/preflight/problem.ts';
import { contextOf } from '../phases/prepare/decide.ts';

const mends = (name: string, wishes: object = {}, prepared = true) => {
  const { inventory, facts } = contextOf('centos-7', { wishes });
  return isMended(failure(name, '', { prepared }), inventory, facts);
};

describe('what preparing a host mends', () => {
  it.each([
    ['Swap', { preparation: { swap: 'leave' } }],
    ['SwapInFstab', { preparation: { swap: 'leave' } }],
    ['SELinux', { preparation: { selinux: 'leave' } }],
    ['Firewalld', { preparation: { firewalld: 'leave' } }],
    ['TimeSync', { preparation: { timeSync: 'leave' } }],
    ['ClockSkew', { preparation: { timeSync: 'leave' } }],
    ['Hostname', { preparation: { hostsFile: false } }],
    ['NodeResolution', { preparation: { hostsFile: false } }],
    ['DeadRepository', { preparation: { vaultRepositories: false } }],
    ['DeadRepository', { packages: { source: 'none' } }],
  ])('is %s, unless the file has %j', (name, wishes) => {
    expect([mends(name), mends(name, wishes)]).toEqual([true, false]);
  });

  it('is nothing that no preparation can mend', () => {
    expect([mends('NumCPU', {}, false), mends('FileExisting-socat')]).toEqual([false, true]);
  });

  it('shows as a warning, and what it does not mend stays an error that promises nothing', () => {
    const result = {
      errors: [failure('Swap', 'a', { prepared: true }), failure('CRI', 'b', { prepared: true })],
      warnings: [warning('SELinux', 'c')],
    };
    const mended = ({ name }: { readonly name: string }) => name === 'Swap';
    const { errors, warnings } = lenientTowards(result, mended);
    expect(errors).toMatchObject([{ name: 'CRI', prepared: false }]);
    expect(warnings).toMatchObject([{ name: 'Swap', severity: 'warning', prepared: true }, { name: 'SELinux' }]);
    expect(withoutMended(result, mended).errors).toMatchObject([{ name: 'CRI', prepared: false }]);
  });
});
