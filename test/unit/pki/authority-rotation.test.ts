import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AuthorityRotation,
  bundleOf,
  certificatesOf,
  isBundle,
  isOfAuthority,
  isTrusted,
  rotationPeriods,
} from '../../../src/pki/authority-rotation.ts';
import { type Pair, testAuthority, testCertificate } from '../../certificates.ts';
import { hasOpenssl, openssl } from './openssl.ts';

let old: Pair;
let next: Pair;
let rotation: AuthorityRotation;
beforeAll(async () => {
  [old, next] = await Promise.all([testAuthority(), testAuthority()]);
  rotation = { old: [old.certificate], next: next.certificate };
});

describe('the certificates in the file of a CA that is replaced', () => {
  it('are both, whoever signs first, until the new one stands alone', () => {
    expect(bundleOf('trust', rotation)).toBe(`${old.certificate}${next.certificate}`);
    expect(bundleOf('sign', rotation)).toBe(`${next.certificate}${old.certificate}`);
    expect(bundleOf('forget', rotation)).toBe(next.certificate);
  });

  it('are what a period wants in its own order alone, and are trusted in any', () => {
    const turned = `${next.certificate}${old.certificate}`;
    expect(rotationPeriods.map((period) => isBundle(period, turned, rotation))).toEqual([false, true, false]);
    expect(rotationPeriods.map((period) => isTrusted(period, turned, rotation))).toEqual([true, true, false]);
    expect(rotationPeriods.map((period) => isTrusted(period, old.certificate, rotation))).toEqual([
      false,
      false,
      false,
    ]);
    expect(rotationPeriods.map((period) => isTrusted(period, next.certificate, rotation))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('are one PEM text each, whatever stands around them', () => {
    const text = `# the CA\n${old.certificate.trimEnd()}\n\n# the next\n${next.certificate}`;
    expect(certificatesOf(text)).toEqual([old.certificate, next.certificate]);
    expect(certificatesOf(text, next.certificate)).toEqual([old.certificate]);
  });

  it('tell apart what each has signed, though both have one name', async () => {
    const leaf = await testCertificate(next, 'kube-apiserver');
    expect(isOfAuthority(leaf.certificate, next.certificate)).toBe(true);
    expect(isOfAuthority(leaf.certificate, old.certificate)).toBe(false);
    expect(isOfAuthority('', old.certificate)).toBe(false);
  });

  it.runIf(hasOpenssl)('verify what either has signed, by OpenSSL too, in either order', async () => {
    for (const signer of [old, next]) {
      const { certificate } = await testCertificate(signer, 'kube-apiserver');
      for (const period of ['trust', 'sign'] as const)
        expect(
          openssl(['verify', '-CAfile', '{ca}', '{leaf}'], { ca: bundleOf(period, rotation), leaf: certificate }),
        ).toContain('leaf: OK');
    }
  });
});
