import { describe, expect, it } from 'vitest';
import { configApiRelease, gateHistory } from '../../../src/release/config-api.ts';
import { newestMinor, oldestMinor } from '../../../src/release/served.ts';
import { parseVersion } from '../../../src/release/version.ts';

const at = (minor: number) => configApiRelease(parseVersion(`v1.${minor}.0`));
const minors = Array.from({ length: newestMinor - oldestMinor + 1 }, (_, index) => oldestMinor + index);

describe('the configuration API of a version', () => {
  it.each(minors)('v1.%i reads what it writes', (minor) => {
    const { write, read } = at(minor);
    expect(read).toContain(write);
  });

  it.each([
    [21, 'v1beta2'],
    [22, 'v1beta3'],
    [30, 'v1beta3'],
    [31, 'v1beta4'],
  ])('v1.%i writes %s', (minor, version) => {
    expect(at(minor).write).toBe(version);
  });

  it.each([
    [23, '/var/run/dockershim.sock', false],
    [24, 'unix:///var/run/containerd/containerd.sock', true],
  ])('v1.%i falls back to the runtime at %s', (minor, socket, url) => {
    expect(at(minor).criSockets).toMatchObject({ fallback: socket, url });
  });

  it.each([
    ['IPv6DualStack', 18, 24],
    ['PublicKeysECDSA', 18, 37],
    ['RootlessControlPlane', 22, newestMinor + 1],
    ['UnversionedKubeletConfigMap', 23, 26],
    ['EtcdLearnerMode', 27, 33],
    ['UpgradeAddonsBeforeControlPlane', 28, 31],
    ['WaitForAllControlPlaneComponents', 30, 35],
    ['ControlPlaneKubeletLocalMode', 31, 36],
    ['NodeLocalCRISocket', 32, 37],
  ])('the feature gate %s is there from v1.%i until v1.%i', (name, from, until) => {
    const there = minors.filter((minor) => name in at(minor).featureGates);
    expect(there).toEqual(minors.filter((minor) => minor >= from && minor < until));
  });

  it.each(minors)(
    'v1.%i takes every API version but v1beta1 from v1.22 on, and from v1.37 on v1beta4 alone',
    (minor) => {
      const old = minor < 22 ? ['v1beta1', 'v1beta2', 'v1beta3'] : minor < 37 ? ['v1beta2', 'v1beta3'] : [];
      expect(at(minor).taken).toEqual([...old, 'v1beta4']);
    },
  );

  it('tells when a gate came and went', () => {
    expect(gateHistory('NodeLocalCRISocket')).toEqual({ from: '1.32', removed: '1.37' });
    expect(gateHistory('EtcdLearnerMode')).toEqual({ from: '1.27', removed: '1.33' });
    expect(gateHistory('Nothing')).toBeUndefined();
  });
});
