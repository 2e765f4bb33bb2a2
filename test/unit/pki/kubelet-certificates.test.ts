import { describe, expect, it } from 'vitest';
import { KinitError } from '../../../src/errors.ts';
import { type KubeletCertificate, kubeletSuccessor } from '../../../src/pki/kubelet-certificates.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { testAuthority, testCertificate } from '../../certificates.ts';

const [ca, other] = [await testAuthority(), await testAuthority()];
const release = releaseFor(parseVersion('v1.36.2'));
const follow = (name: KubeletCertificate, pem: string) =>
  kubeletSuccessor(name, pem, 'w1', { authority: ca.certificate, validitySeconds: 3600, release });
const signed = async (by: typeof ca, commonName: string, organizations: readonly string[], names: string[] = []) =>
  (await testCertificate(by, commonName, names, 3600, organizations)).certificate;

const own = { commonName: 'system:node:w1', organizations: ['system:nodes'] };

describe("the certificate that follows a kubelet's", () => {
  it('is for the names of the one before, which the CA of the cluster signed for this node', async () => {
    const names = ['w1', 'w1.example.com', '192.0.2.21'];
    const pem = await signed(ca, own.commonName, own.organizations, names);
    expect(follow('kubelet-server', pem)).toMatchObject({
      subject: own,
      dnsNames: ['w1', 'w1.example.com'],
      ipAddresses: ['192.0.2.21'],
      usages: ['serverAuth'],
    });
    expect(follow('kubelet-client', pem)).toMatchObject({ subject: own, usages: ['clientAuth'] });
  });

  it.each([
    ['an administrator of its own making', other, 'kubernetes-admin', ['system:masters']],
    ['a node of its own making', other, 'system:node:m1', ['system:nodes']],
    ["an administrator's that the CA signed", ca, 'kubernetes-admin', ['system:masters']],
    ["an API server's that the CA signed", ca, 'kube-apiserver', []],
    ['its own with more rights', other, 'system:node:w1', ['system:nodes', 'system:masters']],
  ])('is no more than the node’s where its host shows %s', async (_, by, commonName, organizations) => {
    const pem = await signed(by, commonName, organizations, ['kubernetes.default.svc']);
    expect(follow('kubelet-client', pem)).toMatchObject({ subject: own, dnsNames: [], ipAddresses: [] });
    expect(follow('kubelet-server', pem)).toBeUndefined();
  });

  it.each(['', 'garbage', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'is the node’s where its host shows %j',
    (pem) => {
      expect(follow('kubelet-client', pem)).toMatchObject({ subject: own });
      expect(follow('kubelet-server', pem)).toBeUndefined();
    },
  );

  it('is none where it would be that of another node, by whose name the host is called in the cluster', async () => {
    const pem = await signed(ca, 'system:node:n7', ['system:nodes']);
    expect(() => follow('kubelet-client', pem)).toThrow(KinitError);
    expect(() => follow('kubelet-client', pem)).toThrow('has the certificate of system:node:n7, not of system:node:w1');
  });
});
