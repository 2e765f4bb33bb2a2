import { describe, expect, it } from 'vitest';
import { invalidNames } from '../../../src/pki/alternative-names.ts';
import { caTable, certificateTable, serviceAccountKey } from '../../../src/pki/certificate-table.ts';
import { configOf, externalEtcd, localEtcd, minors, pkiOf } from './config.ts';

const certificate = (name: string, ...[config, version = 'v1.36.2']: [ReturnType<typeof configOf>, string?]) =>
  certificateTable(config, pkiOf(version)).find((spec) => spec.name === name);

describe('the certificate table', () => {
  it.each(minors)("has kubeadm's ten certificates in its order at %s", (version) => {
    expect(certificateTable(configOf(), pkiOf(version)).map(({ name, path, signer }) => [name, path, signer])).toEqual([
      ['ca', 'ca', undefined],
      ['apiserver', 'apiserver', 'ca'],
      ['apiserver-kubelet-client', 'apiserver-kubelet-client', 'ca'],
      ['front-proxy-ca', 'front-proxy-ca', undefined],
      ['front-proxy-client', 'front-proxy-client', 'front-proxy-ca'],
      ['etcd-ca', 'etcd/ca', undefined],
      ['etcd-server', 'etcd/server', 'etcd/ca'],
      ['etcd-peer', 'etcd/peer', 'etcd/ca'],
      ['etcd-healthcheck-client', 'etcd/healthcheck-client', 'etcd/ca'],
      ['apiserver-etcd-client', 'apiserver-etcd-client', 'etcd/ca'],
    ]);
  });

  it('leaves out all that the etcd CA signs where etcd is external', () => {
    const config = configOf({ etcd: externalEtcd });
    expect(certificateTable(config, pkiOf('v1.36.2')).map(({ name }) => name)).toEqual([
      'ca',
      'apiserver',
      'apiserver-kubelet-client',
      'front-proxy-ca',
      'front-proxy-client',
    ]);
    expect(caTable(config, pkiOf('v1.36.2')).map(({ path }) => path)).toEqual(['ca', 'front-proxy-ca']);
  });

  it('gives CAs and leaves the validity of the configuration', () => {
    const config = configOf({ certificateValidityPeriod: '100h', caCertificateValidityPeriod: '200h0m0s' });
    expect(certificate('apiserver', config)?.validitySeconds).toBe(360_000);
    expect(certificate('ca', config)?.validitySeconds).toBe(720_000);
  });

  it.each([
    ['the configured algorithm', { encryptionAlgorithm: 'ECDSA-P384' as const }, 'ECDSA-P384'],
    ['P-256 by the gate PublicKeysECDSA', { featureGates: { PublicKeysECDSA: true } }, 'ECDSA-P256'],
    ['RSA-2048 where the gate is off', { featureGates: { PublicKeysECDSA: false } }, 'RSA-2048'],
  ])('makes every key of %s', (_, cluster, algorithm) => {
    const config = configOf(cluster);
    const algorithms = certificateTable(config, pkiOf('v1.36.2')).map((spec) => spec.algorithm);
    expect(new Set([...algorithms, serviceAccountKey(config).algorithm])).toEqual(new Set([algorithm]));
  });
});

describe('subject alternative names', () => {
  it('name the API server by node, service and addresses', () => {
    expect(certificate('apiserver', configOf())).toMatchObject({
      dnsNames: [
        'cp1',
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.cluster.local',
      ],
      ipAddresses: ['10.96.0.1', '192.0.2.10'],
    });
  });

  it('sort names, keep the order of addresses and drop duplicates', () => {
    const config = configOf({
      controlPlaneEndpoint: 'cp.example.test:6443',
      apiServer: {
        ...configOf().cluster.apiServer,
        certSANs: ['*.example.test', 'cp.example.test', 'alpha.test', '203.0.113.7', '192.0.2.10', '2001:DB8:0::7'],
      },
    });
    expect(certificate('apiserver', config)).toMatchObject({
      dnsNames: [
        '*.example.test',
        'alpha.test',
        'cp.example.test',
        'cp1',
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.cluster.local',
      ],
      ipAddresses: ['10.96.0.1', '192.0.2.10', '203.0.113.7', '2001:db8::7'],
    });
  });

  it('come as they were given, duplicates too, at v1.18', () => {
    const config = configOf({
      apiServer: { ...configOf().cluster.apiServer, certSANs: ['alpha.test', 'cp1', '192.0.2.10'] },
    });
    const spec = certificate('apiserver', config, 'v1.18.6');
    expect(spec?.dnsNames.slice(-2)).toEqual(['alpha.test', 'cp1']);
    expect(spec?.ipAddresses).toEqual(['10.96.0.1', '192.0.2.10', '192.0.2.10']);
  });

  it.each([
    ['192.0.2.100:6443', '192.0.2.100'],
    ['[2001:db8::100]:6443', '2001:db8::100'],
    ['192.0.2.100', '192.0.2.100'],
  ])('hold the control-plane endpoint %s as an address', (controlPlaneEndpoint, address) => {
    expect(certificate('apiserver', configOf({ controlPlaneEndpoint }))?.ipAddresses).toContain(address);
  });

  it('take the first address of the first service subnet of a dual-stack cluster', () => {
    const config = configOf(
      { networking: { serviceSubnet: 'fd00:10:96::/112,10.96.0.0/16', dnsDomain: 'k8s.test' } },
      { advertiseAddress: '2001:db8::10' },
    );
    expect(certificate('apiserver', config)).toMatchObject({ ipAddresses: ['fd00:10:96::1', '2001:db8::10'] });
    expect(certificate('apiserver', config)?.dnsNames).toContain('kubernetes.default.svc.k8s.test');
  });

  it('name etcd by node, localhost and loopback, and by what its own lists add', () => {
    const config = configOf({ etcd: localEtcd(['etcd.test', '192.0.2.20'], ['peer.test']) });
    expect(certificate('etcd-server', config)).toMatchObject({
      subject: { commonName: 'cp1' },
      dnsNames: ['cp1', 'etcd.test', 'localhost'],
      ipAddresses: ['192.0.2.10', '127.0.0.1', '::1', '192.0.2.20'],
    });
    expect(certificate('etcd-peer', config)).toMatchObject({
      dnsNames: ['cp1', 'localhost', 'peer.test'],
      ipAddresses: ['192.0.2.10', '127.0.0.1', '::1'],
    });
  });

  it('leave out what is neither an address nor a DNS name, and tell it', () => {
    const certSANs = ['UPPER.test', 'under_score', '', 'a..b', '-a.test', 'ok.test', '*.ok.test', '10.0.0.1/8'];
    const config = configOf({ apiServer: { ...configOf().cluster.apiServer, certSANs } });
    expect(certificate('apiserver', config)?.dnsNames.filter((name) => name.endsWith('.test'))).toEqual([
      '*.ok.test',
      'ok.test',
    ]);
    expect(invalidNames(certSANs)).toEqual(['UPPER.test', 'under_score', '', 'a..b', '-a.test', '10.0.0.1/8']);
  });

  it('of a CA are its own name from v1.22 on', () => {
    expect(certificate('etcd-ca', configOf(), 'v1.21.0')?.dnsNames).toEqual([]);
    expect(certificate('etcd-ca', configOf(), 'v1.22.0')?.dnsNames).toEqual(['etcd-ca']);
  });
});
