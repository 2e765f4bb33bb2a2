import { describe, expect, it } from 'vitest';
import { knownComponentFields } from '../../../src/config/component-fields.ts';
import { minors, newest, release } from '../manifests/config.ts';

const none = { object: {}, userSupplied: false };

/** What is left of a configuration in a version, and what the user hears. */
function leftOf(part: 'kubelet' | 'kubeProxy', version: string, object: Record<string, unknown>) {
  const warnings: string[] = [];
  const given = { kubelet: none, kubeProxy: none, [part]: { object, userSupplied: true } };
  const known = knownComponentFields(given, release(version), (text) => warnings.push(text));
  expect(known[part].userSupplied).toBe(true);
  return { object: known[part].object, warnings };
}

const since = (part: 'kubelet' | 'kubeProxy', object: Record<string, unknown>) =>
  minors.filter((minor) => leftOf(part, minor, object).warnings.length === 0);

describe('fields of a component’s configuration', () => {
  it.each([
    ['maxPods', '1.18', newest],
    ['logging', '1.19', newest],
    ['topologyManagerScope', '1.20', newest],
    ['reservedMemory', '1.21', newest],
    ['memorySwap', '1.22', newest],
    ['registerWithTaints', '1.23', newest],
    ['tracing', '1.25', newest],
    ['containerRuntimeEndpoint', '1.27', newest],
    ['imageMaximumGCAge', '1.29', newest],
    ['failCgroupV1', '1.31', newest],
    ['crashLoopBackOff', '1.32', newest],
    ['userNamespaces', '1.33', newest],
    ['memoryReservationPolicy', '1.36', newest],
    ['defaultPodSysctls', '1.37', newest],
  ])('the kubelet knows %s from %s to %s', (name, first, last) => {
    expect(since('kubelet', { [name]: 1 })).toEqual(minors.slice(minors.indexOf(first), minors.indexOf(last) + 1));
  });

  it.each([
    [{ logging: { sanitization: true } }, '1.20', '1.23'],
    [{ logging: { flushFrequency: 5 } }, '1.23', newest],
    [{ registerWithTaints: [{ key: 'a', effect: 'NoSchedule' }] }, '1.23', newest],
  ])('the kubelet knows %j from %s to %s', (object, first, last) => {
    expect(since('kubelet', object)).toEqual(minors.slice(minors.indexOf(first), minors.indexOf(last) + 1));
  });

  it.each([
    [{ bindAddressHardFail: true }, '1.19', newest],
    [{ conntrack: { tcpBeLiberal: true } }, '1.29', newest],
    [{ nftables: { masqueradeAll: true } }, '1.29', newest],
    [{ udpIdleTimeout: '1s' }, '1.18', '1.25'],
    [{ featureGates: { A: true } }, '1.18', newest],
    [{ windowsRunAsService: true }, '1.31', newest],
    [{ logging: { format: 'json' } }, '1.28', newest],
    [{ logging: { options: { text: { splitStream: true } } } }, '1.30', newest],
  ])('kube-proxy knows %j from %s to %s', (object, first, last) => {
    expect(since('kubeProxy', object)).toEqual(minors.slice(minors.indexOf(first), minors.indexOf(last) + 1));
  });

  it('are left out with a warning where the version’s type does not have them, as kubeadm does', () => {
    expect(leftOf('kubelet', '1.20.2', { maxpods: 7, failSwapOn: false })).toEqual({
      object: { failSwapOn: false },
      warnings: ['KubeletConfiguration of v1.20.2 has no field maxpods: it is left out; did you mean "maxPods"?'],
    });
    const nested = { authentication: { x509: { caFile: '/ca.crt' } }, reservedMemory: [{ numa: 0 }, null] };
    expect(leftOf('kubelet', '1.36.0', nested)).toEqual({
      object: { authentication: { x509: {} }, reservedMemory: [{}, null] },
      warnings: [
        'KubeletConfiguration of v1.36.0 has no field authentication.x509.caFile: it is left out',
        'KubeletConfiguration of v1.36.0 has no field reservedMemory[0].numa: it is left out; did you mean "numaNode"?',
      ],
    });
    expect(leftOf('kubeProxy', '1.20.2', { ipvs: { strictArp: true, scheduler: 'rr' } }).object).toEqual({
      ipvs: { scheduler: 'rr' },
    });
  });
});
