import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/config/network.ts';
import type { EncryptionAlgorithm } from '../../../src/config/types.ts';
import { certificateRequest, issue } from '../../../src/pki/certificate.ts';
import { partsOf } from '../../../src/pki/certificate-parts.ts';
import { type CertificateSpec, certificateTable } from '../../../src/pki/certificate-table.ts';
import { generateKey, publicHalf } from '../../../src/pki/keys.ts';
import type { Secret } from '../../../src/secret.ts';
import { configOf, pkiOf } from './config.ts';
import { derShape } from './der-shape.ts';
import { hasOpenssl, openssl } from './openssl.ts';

const now = Date.parse('2026-11-21T00:00:00Z');

interface Issued {
  readonly spec: CertificateSpec;
  readonly pem: string;
}

/** A whole table signed with one key for everything: only encodings are looked at. */
function issueTable(version: string, key: Secret, config = configOf()): ReadonlyMap<string, Issued> {
  const release = pkiOf(version);
  const issued = new Map<string, Issued>();
  for (const spec of certificateTable(config, release)) {
    const certificate = spec.signer === undefined ? undefined : issued.get(spec.signer)?.pem;
    const signer = certificate === undefined ? { key } : { certificate, key };
    issued.set(spec.path, {
      spec,
      pem: issue(spec, { publicKey: publicHalf(key), signer, now, release: release.pki }),
    });
  }
  return issued;
}

/** Certificates of the real kubeadm, by path. */
function kubeadmCertificates(version: string): ReadonlyMap<string, string> {
  const text = readFileSync(new URL(`../../fixtures/pki/kubeadm-${version}.pem`, import.meta.url), 'utf8');
  const found = text.matchAll(/# (\S+)\n(-----BEGIN CERTIFICATE-----[^#]+)/g);
  return new Map([...found].map(([, path = '', pem = '']) => [path, pem]));
}

let rsa: Secret;
let p256: Secret;
beforeAll(async () => {
  [rsa, p256] = await Promise.all([generateKey('RSA-2048'), generateKey('ECDSA-P256')]);
});

describe.each(['v1.20.2', 'v1.36.2'])('a certificate of kubeadm %s', (version) => {
  const real = kubeadmCertificates(version);

  it('is there to compare with for each of ours', () => {
    expect([...real.keys()]).toEqual(certificateTable(configOf(), pkiOf(version)).map(({ path }) => path));
  });

  it.each([...real.keys()])('has the same DER as our %s, but for keys, numbers and dates', (path) => {
    const ours = issueTable(version, rsa).get(path);
    expect(derShape(ours?.pem ?? '')).toBe(derShape(real.get(path) ?? ''));
  });
});

describe('a chain', () => {
  const algorithms: readonly EncryptionAlgorithm[] = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'ECDSA-P256', 'ECDSA-P384'];

  it.each(algorithms)(
    'of %s keys is verified by OpenSSL in strict mode, as server and as client',
    { timeout: 60_000 },
    async (algorithm) => {
      const key = await generateKey(algorithm);
      const table = issueTable('v1.36.2', key, configOf({ encryptionAlgorithm: algorithm }));
      const leaves = [...table.values()].filter(({ spec }) => !spec.ca);
      for (const { spec, pem } of leaves) {
        const ca = table.get(spec.signer ?? '')?.pem ?? '';
        expect(new X509Certificate(pem).verify(new X509Certificate(ca).publicKey)).toBe(true);
        expect(new X509Certificate(pem).checkIssued(new X509Certificate(ca))).toBe(true);
        if (!hasOpenssl) continue;
        const purpose = spec.usages.includes('serverAuth') ? 'sslserver' : 'sslclient';
        const args = [
          'verify',
          '-x509_strict',
          '-attime',
          `${now / 1000 + 60}`,
          '-purpose',
          purpose,
          '-CAfile',
          '{ca}',
          '{leaf}',
        ];
        expect(openssl(args, { ca, leaf: pem })).toMatch(/leaf: OK/);
      }
      expect(leaves).toHaveLength(7);
    },
  );

  it.skipIf(!hasOpenssl).each(['v1.18.0', 'v1.20.2', 'v1.21.0', 'v1.28.0', 'v1.31.0'])('of %s too', (version) => {
    const table = issueTable(version, p256);
    const [ca = '', leaf = ''] = ['ca', 'apiserver'].map((path) => table.get(path)?.pem);
    const args = ['verify', '-x509_strict', '-attime', `${now / 1000 + 60}`, '-CAfile', '{ca}', '{leaf}'];
    expect(openssl(args, { ca, leaf })).toMatch(/leaf: OK/);
  });

  it.skipIf(!hasOpenssl)("continues a CA of the user's making", () => {
    const subject = '/O=Example, Inc./OU=K8s/CN=Example "Root" ü';
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-521',
      '-nodes',
      '-utf8',
      '-days',
      '30',
      '-subj',
      subject,
      '-addext',
      'keyUsage=critical,keyCertSign,digitalSignature',
    ];
    const text = openssl([...made, '-keyout', '-', '-out', '-'], {});
    const [key = ''] = /-----BEGIN PRIVATE KEY[\s\S]+?END PRIVATE KEY-----/.exec(text) ?? [];
    const [certificate = ''] = /-----BEGIN CERTIFICATE[\s\S]+?END CERTIFICATE-----/.exec(text) ?? [];
    const [, spec] = certificateTable(configOf(), pkiOf('v1.36.2'));
    const signer = { certificate, key: { reveal: () => key } as Secret };
    const leaf = issue(spec!, { publicKey: publicHalf(p256), signer, now: Date.now(), release: pkiOf('v1.36.2').pki });
    expect(openssl(['verify', '-x509_strict', '-CAfile', '{ca}', '{leaf}'], { ca: certificate, leaf })).toMatch(
      /leaf: OK/,
    );
  });
});

describe('validity', () => {
  const dates = (pem: string) =>
    [new X509Certificate(pem).validFrom, new X509Certificate(pem).validTo].map((date) => new Date(date).toISOString());

  it.each([
    ['v1.20.2', '2026-11-21T00:00:00.000Z', '2026-11-21T00:00:00.000Z'],
    ['v1.28.0', '2026-11-20T23:55:00.000Z', '2026-11-20T23:55:00.000Z'],
    ['v1.36.2', '2026-11-20T23:55:00.000Z', '2026-11-20T23:55:00.000Z'],
  ])('at %s counts from the run and starts as kubeadm has it', (version, ca, leaf) => {
    const table = issueTable(version, p256);
    expect(dates(table.get('ca')?.pem ?? '')).toEqual([ca, '2036-11-18T00:00:00.000Z']);
    expect(dates(table.get('apiserver')?.pem ?? '')).toEqual([leaf, '2027-11-21T00:00:00.000Z']);
  });

  it.each([
    ['v1.30.0', 'with its CA', '2026-11-20T23:55:00.000Z'],
    ['v1.31.0', 'with the run', '2027-01-01T11:55:00.000Z'],
  ])('of a leaf that is made later starts at %s %s', (version, _, start) => {
    const certificate = issueTable(version, p256).get('ca')?.pem ?? '';
    const [, spec] = certificateTable(configOf(), pkiOf(version));
    const later = Date.parse('2027-01-01T12:00:00Z');
    const leaf = issue(spec!, {
      publicKey: publicHalf(p256),
      signer: { certificate, key: p256 },
      now: later,
      release: pkiOf(version).pki,
    });
    expect(dates(leaf)[0]).toBe(start);
  });

  it('beyond 2049 is written as RFC 5280 wants it', () => {
    const table = issueTable('v1.36.2', p256, configOf({ caCertificateValidityPeriod: '876000h' }));
    expect(dates(table.get('ca')?.pem ?? '')[1]).toBe('2126-10-28T00:00:00.000Z');
    if (hasOpenssl)
      expect(openssl(['asn1parse', '-in', '{ca}'], { ca: table.get('ca')?.pem ?? '' })).toContain('GENERALIZEDTIME');
  });
});

describe('serial numbers', () => {
  it('of CAs are zero in old releases and positive in new ones; those of leaves never repeat', () => {
    const serial = (version: string, path: string) =>
      new X509Certificate(issueTable(version, p256).get(path)?.pem ?? '').serialNumber;
    expect(serial('v1.20.2', 'ca')).toMatch(/^0+$/);
    expect(BigInt(`0x${serial('v1.36.2', 'ca')}`)).toBeGreaterThan(0n);
    const table = issueTable('v1.20.2', p256);
    const leaves = [...table.values()]
      .filter(({ spec }) => !spec.ca)
      .map(({ pem }) => new X509Certificate(pem).serialNumber);
    expect(new Set(leaves).size).toBe(leaves.length);
    expect(leaves.every((number) => BigInt(`0x${number}`) < 1n << 63n)).toBe(true);
  });
});

describe('whatever a certificate is for', () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
  const dnsNames = fc.uniqueArray(
    fc.tuple(label, label).map((labels) => labels.join('.')),
    { maxLength: 6 },
  );
  const ipAddresses = fc.uniqueArray(fc.oneof(fc.ipV4(), fc.ipV6()), { maxLength: 6 });
  const names = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' });

  it('is read back from it unchanged', () => {
    const [, template] = certificateTable(configOf(), pkiOf('v1.36.2'));
    fc.assert(
      fc.property(
        names,
        fc.uniqueArray(names, { maxLength: 3 }),
        dnsNames,
        ipAddresses,
        (commonName, organizations, dns, ips) => {
          const spec = { ...template!, subject: { commonName, organizations }, dnsNames: dns, ipAddresses: ips };
          const pem = issue(spec, {
            publicKey: publicHalf(p256),
            signer: { key: p256 },
            now,
            release: pkiOf('v1.36.2').pki,
          });
          const parts = partsOf(new X509Certificate(pem));
          expect(parts.commonName).toBe(commonName);
          expect([...parts.organizations].sort()).toEqual([...organizations].sort());
          expect(parts.dnsNames).toEqual(dns);
          expect(parts.ipAddresses).toEqual(ips.map((text) => parseAddress(text)?.text));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a request', () => {
  it.skipIf(!hasOpenssl).each(['apiserver', 'front-proxy-client'])(
    'for %s is signed by its own key and names what the certificate will',
    (path) => {
      const spec = certificateTable(configOf(), pkiOf('v1.36.2')).find((one) => one.path === path);
      const text = openssl(['req', '-verify', '-noout', '-text', '-in', '{csr}'], {
        csr: certificateRequest(spec!, p256),
      });
      expect(text).toContain(`CN = ${spec?.subject.commonName}`);
      expect(text.includes('DNS:cp1, DNS:kubernetes')).toBe(path === 'apiserver');
    },
  );
});
