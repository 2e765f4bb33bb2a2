import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Expiration, expirationObject, expirationText } from '../../../src/pki/expiration.ts';
import { authorities, renewables, successor } from '../../../src/pki/renewal.ts';
import { pkiOf } from './config.ts';
import { issuedPki, type Pki } from './issued.ts';

const now = Date.parse('2026-11-21T00:00:00Z');
const day = 24 * 3600 * 1000;

describe('what is renewed', () => {
  it('are the leaves and kubeconfigs, by name, each with its CA', () => {
    expect(renewables('local', pkiOf('v1.36.2')).map(({ name, authority }) => `${name} ${authority}`)).toEqual([
      'admin.conf ca',
      'apiserver ca',
      'apiserver-etcd-client etcd-ca',
      'apiserver-kubelet-client ca',
      'controller-manager.conf ca',
      'etcd-healthcheck-client etcd-ca',
      'etcd-peer etcd-ca',
      'etcd-server etcd-ca',
      'front-proxy-client front-proxy-ca',
      'scheduler.conf ca',
      'super-admin.conf ca',
    ]);
    expect(authorities('local').map(({ name }) => name)).toEqual(['ca', 'etcd-ca', 'front-proxy-ca']);
  });

  it('leaves out etcd where it is external, and super-admin.conf where the release has none', () => {
    expect(renewables('external', pkiOf('v1.28.0')).map(({ name }) => name)).toEqual([
      'admin.conf',
      'apiserver',
      'apiserver-kubelet-client',
      'controller-manager.conf',
      'front-proxy-client',
      'scheduler.conf',
    ]);
    expect(authorities('external').map(({ name }) => name)).toEqual(['ca', 'front-proxy-ca']);
  });
});

describe('the successor of a certificate', () => {
  let old: Pki;
  beforeAll(async () => {
    old = await issuedPki(now, 'v1.20.2');
  });

  const next = (name: string, version: string) => {
    const renewable = renewables('local', pkiOf(version)).find((one) => one.name === name)!;
    const pem = old.certificates.get(renewable.path)!;
    return successor(renewable, pem, { algorithm: 'ECDSA-P256', validitySeconds: 60, release: pkiOf(version) });
  };

  it.each(['apiserver', 'etcd-server', 'etcd-peer', 'front-proxy-client'])(
    'takes over names and usages of %s',
    (name) => {
      const before = old.specs.find((spec) => spec.name === name)!;
      const { subject, dnsNames, ipAddresses, usages, signer } = before;
      expect(next(name, 'v1.20.2')).toMatchObject({
        subject,
        dnsNames,
        ipAddresses,
        usages,
        signer,
        validitySeconds: 60,
      });
    },
  );

  it.each([
    ['apiserver-kubelet-client', 'v1.28.0', ['system:masters']],
    ['apiserver-kubelet-client', 'v1.29.0', ['kubeadm:cluster-admins']],
    ['apiserver-kubelet-client', 'v1.36.2', []],
    ['apiserver-etcd-client', 'v1.29.0', []],
    ['etcd-healthcheck-client', 'v1.29.0', []],
  ])('of %s has the organisation that %s gives it', (name, version, organizations) => {
    expect(next(name, version).subject.organizations).toEqual(organizations);
  });
});

describe('check-expiration', () => {
  const certificates: readonly Expiration[] = [
    { name: 'admin.conf', notAfter: now + 364.5 * day, authority: 'ca', external: false },
    { name: 'apiserver', notAfter: now + 23.5 * 3600 * 1000, authority: 'ca', external: false },
    { name: 'apiserver-kubelet-client', notAfter: now - day, authority: 'ca', external: false },
    { name: 'etcd-server', notAfter: undefined, authority: 'etcd-ca', external: false },
    { name: 'front-proxy-client', notAfter: now + 90 * 1000, authority: 'front-proxy-ca', external: true },
  ];
  const info = {
    certificates,
    authorities: [
      { name: 'ca', notAfter: now + 3649.9 * day, external: false },
      { name: 'etcd-ca', notAfter: undefined, external: false },
      { name: 'front-proxy-ca', notAfter: now + 30 * 1000, external: true },
    ],
  };

  it("prints kubeadm's two tables", () => {
    expect(expirationText(info, now)).toBe(
      [
        'CERTIFICATE                EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED',
        'admin.conf                 Nov 20, 2027 12:00 UTC   364d            ca                      no      ',
        'apiserver                  Nov 21, 2026 23:30 UTC   23h             ca                      no      ',
        'apiserver-kubelet-client   Nov 20, 2026 00:00 UTC   <invalid>       ca                      no      ',
        '!MISSING! etcd-server                                                                       ',
        'front-proxy-client         Nov 21, 2026 00:01 UTC   1m              front-proxy-ca          yes     ',
        '',
        'CERTIFICATE AUTHORITY   EXPIRES                  RESIDUAL TIME   EXTERNALLY MANAGED',
        'ca                      Nov 17, 2036 21:36 UTC   9y              no      ',
        '!MISSING! etcd-ca                                                ',
        'front-proxy-ca          Nov 21, 2026 00:00 UTC   30s             yes     ',
        '',
      ].join('\n'),
    );
  });

  it("has kubeadm's output object too", () => {
    expect(expirationObject(info, now)).toMatchObject({
      apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
      kind: 'CertificateExpirationInfo',
      certificates: [
        {
          name: 'admin.conf',
          expirationDate: '2027-11-20T12:00:00Z',
          residualTime: 31_492_800,
          externallyManaged: false,
          caName: 'ca',
          missing: false,
        },
        { name: 'apiserver' },
        { residualTime: -86_400 },
        { name: 'etcd-server', expirationDate: null, residualTime: 0, externallyManaged: false, missing: true },
        { externallyManaged: true },
      ],
      certificateAuthorities: [{ name: 'ca' }, { missing: true }, { externallyManaged: true }],
    });
  });

  it('reads dates as a certificate has them', async () => {
    const { certificates: made } = await issuedPki(now);
    expect(Date.parse(new X509Certificate(made.get('apiserver')!).validTo)).toBe(now + 365 * day);
  });
});
