import { describe, expect, it } from 'vitest';
import { kernelOptions } from '../../../src/host/facts/facts-script.ts';
import { systemVerification } from '../../../src/release/system-verification.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { minors, newest } from '../manifests/config.ts';

describe('what the script asks of the kernel', () => {
  it.each(minors)('is everything that %s wants to know', (minor) => {
    const system = systemVerification(parseVersion(`${minor}.0`));
    const wanted = [system.required, system.requiredWith[1], system.requiredWith[2], system.optional].flat(2);
    expect(wanted.filter((option) => !kernelOptions.includes(option))).toEqual([]);
  });
});

describe('kernels that are accepted without a word', () => {
  const accepted = (kernel: string) =>
    minors.filter((minor) =>
      systemVerification(parseVersion(`${minor}.0`)).kernel.accepts.some((one) => one.test(kernel)),
    );

  it.each([
    ['3.10.0-1160.el7.x86_64', 'CentOS 7', '1.18', '1.31'],
    ['4.18.0-553.el8_10.x86_64', 'RHEL 8', '1.18', '1.31'],
    ['4.19.90', 'openEuler 20.03', '1.18', '1.33'],
    ['5.14.0-503.el9.x86_64', 'RHEL 9', '1.18', '1.33'],
    ['6.12.0-55.el10.x86_64', 'RHEL 10', '1.18', newest],
  ])('%s (%s) from %s to %s', (kernel, _, first, last) => {
    const found = accepted(kernel);
    expect([found[0], found.at(-1)]).toEqual([first, last]);
  });
});
