import { describe, expect, it } from 'vitest';
import {
  clusterConfigurationDocument,
  initConfigurationDocument,
  joinConfigurationDocument,
  storedClusterDocument,
} from '../../../src/config/convert.ts';
import { completeInit, initRequest } from '../../../src/config/init.ts';
import type { InitFlags } from '../../../src/config/init-flags.ts';
import { completeJoin, joinRequest } from '../../../src/config/join.ts';
import { anyNode } from '../../../src/config/node-facts.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import { storedCluster } from '../../../src/config/stored-cluster.ts';
import type { InitConfig } from '../../../src/config/types.ts';
import { KinitError } from '../../../src/errors.ts';
import type { WrittenApiVersion } from '../../../src/release/config-api.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { toYaml } from '../../../src/yaml.ts';

const written: readonly WrittenApiVersion[] = ['v1beta2', 'v1beta3', 'v1beta4'];
const newToken = () => 'abcdef.0123456789abcdef';

function config(version: string, flags: InitFlags = {}): InitConfig {
  return completeInit(initRequest({ flags }), { facts: anyNode, version: parseVersion(version), newToken });
}

function stored(version: string, flags: InitFlags = {}): string {
  return toYaml(storedClusterDocument(config(version, flags).cluster, releaseFor(parseVersion(version))));
}

const rich: InitFlags = {
  podNetworkCidr: '10.244.0.0/16',
  controlPlaneEndpoint: 'cp.example.test:6443',
  apiserverCertExtraSans: ['cp.example.test', '203.0.113.7'],
  apiserverExtraArgs: 'profiling=false,audit-log-maxage=30',
};

describe('the configuration in kubeadm-config', () => {
  it('is that of kubeadm v1.20.2, to the byte', () => {
    expect(stored('v1.20.2', rich)).toBe(`apiServer:
  certSANs:
  - cp.example.test
  - 203.0.113.7
  extraArgs:
    audit-log-maxage: "30"
    authorization-mode: Node,RBAC
    profiling: "false"
  timeoutForControlPlane: 4m0s
apiVersion: kubeadm.k8s.io/v1beta2
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
controlPlaneEndpoint: cp.example.test:6443
controllerManager: {}
dns:
  type: CoreDNS
etcd:
  local:
    dataDir: /var/lib/etcd
imageRepository: k8s.gcr.io
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
networking:
  dnsDomain: cluster.local
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
scheduler: {}
`);
  });

  it('is that of kubeadm v1.36.2, to the byte', () => {
    expect(stored('v1.36.2', rich)).toBe(`apiServer:
  certSANs:
  - cp.example.test
  - 203.0.113.7
  extraArgs:
  - name: audit-log-maxage
    value: "30"
  - name: profiling
    value: "false"
apiVersion: kubeadm.k8s.io/v1beta4
caCertificateValidityPeriod: 87600h0m0s
certificateValidityPeriod: 8760h0m0s
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
controlPlaneEndpoint: cp.example.test:6443
controllerManager: {}
dns: {}
encryptionAlgorithm: RSA-2048
etcd:
  local:
    dataDir: /var/lib/etcd
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: v1.36.2
networking:
  dnsDomain: cluster.local
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
proxy: {}
scheduler: {}
`);
  });

  it.each([
    ['v1.21.0', 'v1beta2', true, true, true],
    ['v1.22.0', 'v1beta3', true, true, false],
    ['v1.29.0', 'v1beta3', true, true, false],
    ['v1.30.0', 'v1beta3', true, false, false],
    ['v1.31.0', 'v1beta4', false, false, false],
  ])(
    'of %s is %s; time-out %s, authorization-mode %s, dns type %s',
    (version, api, timeout, authorization, dnsType) => {
      const text = stored(version);
      expect(text).toContain(`apiVersion: kubeadm.k8s.io/${api}\n`);
      expect([
        text.includes('timeoutForControlPlane: 4m0s'),
        text.includes('authorization-mode: Node,RBAC'),
        text.includes('type: CoreDNS'),
      ]).toEqual([timeout, authorization, dnsType]);
    },
  );

  it('keeps the authorization modes of the user', () => {
    const text = stored('v1.20.2', { apiserverExtraArgs: 'authorization-mode=RBAC' });
    expect(text).toContain('authorization-mode: RBAC\n');
  });

  it.each(['v1.20.2', 'v1.28.0', 'v1.36.2'])('of %s comes back as it was', async (version) => {
    const text = stored(version, rich);
    const { cluster, unknown } = await storedCluster(text);
    expect(toYaml(storedClusterDocument(cluster, releaseFor(parseVersion(version)), unknown))).toBe(text);
  });

  it('keeps what kinit does not know', async () => {
    const text = stored('v1.36.2').replace('dns: {}\n', 'dns:\n  flavour: new\n').concat('zebra:\n  a: 1\n');
    const { cluster, unknown } = await storedCluster(text);
    expect(unknown).toEqual({ dns: { flavour: 'new' }, zebra: { a: 1 } });
    expect(toYaml(storedClusterDocument(cluster, releaseFor(parseVersion('v1.36.2')), unknown))).toBe(text);
  });

  it.each([
    ['broken YAML', 'a: ['],
    ['another kind', 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n'],
    [
      'a version that is not served',
      'apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\nkubernetesVersion: v1.16.0\n',
    ],
  ])('that holds %s is an error that says where it stands', async (_what, text) => {
    const error = await storedCluster(text).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KinitError);
    expect(String(error)).toContain('kube-system/kubeadm-config');
  });
});

describe('documents', () => {
  /** Everything that every API version can say. */
  const full: InitFlags = {
    ...rich,
    certificateKey: 'ab'.repeat(32),
    nodeName: 'n1',
    token: newToken(),
    kubernetesVersion: 'v1.28.0',
  };

  it.each(written)('of init in %s say the same when they are read again', async (apiVersion: WrittenApiVersion) => {
    const before = config('v1.28.0', full);
    const documents = [
      initConfigurationDocument(before, apiVersion),
      clusterConfigurationDocument(before.cluster, apiVersion),
    ];
    const again = await readConfigFile(documents.map((document) => toYaml(document)).join('---\n'), 'again.yaml');
    const after = completeInit(initRequest({ documents: again, flags: {} }), {
      facts: anyNode,
      version: parseVersion('v1.28.0'),
      newToken,
    });
    expect(after).toEqual(before);
  });

  it.each(written)('of join in %s say the same when they are read again', async (apiVersion: WrittenApiVersion) => {
    const flags = {
      token: newToken(),
      discoveryTokenUnsafeSkipCaVerification: true,
      controlPlane: true,
      certificateKey: 'ab'.repeat(32),
    };
    const given = { facts: anyNode, version: parseVersion('v1.28.0') };
    const before = completeJoin(joinRequest({ flags, endpoint: 'a:6443' }), given);
    const again = await readConfigFile(toYaml(joinConfigurationDocument(before, apiVersion)), 'again.yaml');
    expect(completeJoin(joinRequest({ documents: again, flags: {} }), given)).toEqual(before);
  });

  it('say in an older version what that has a word for', async () => {
    const text = `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
encryptionAlgorithm: ECDSA-P256
proxy: {disabled: true}
scheduler:
  extraEnvs: [{name: A, value: b}]
  extraArgs: [{name: v, value: "2"}, {name: v, value: "4"}]
etcd: {external: {endpoints: ["https://a:1"], httpEndpoints: ["http://a:2"]}}
`;
    const documents = await readConfigFile(text, 'c.yaml');
    const { cluster } = completeInit(initRequest({ documents, flags: {} }), {
      facts: anyNode,
      version: parseVersion('v1.36.2'),
      newToken,
    });
    expect(clusterConfigurationDocument(cluster, 'v1beta3')).toMatchObject({
      featureGates: { PublicKeysECDSA: true },
      scheduler: { extraArgs: { v: '4' } },
      etcd: { external: { endpoints: ['https://a:1'], caFile: '' } },
    });
    const older = toYaml(clusterConfigurationDocument(cluster, 'v1beta3'));
    for (const word of ['encryptionAlgorithm', 'proxy', 'extraEnvs', 'httpEndpoints', 'certificateValidityPeriod']) {
      expect(older).not.toContain(word);
    }
  });
});
