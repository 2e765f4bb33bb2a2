import { describe, expect, test } from 'vitest';
import type { BootstrapToken } from '../../../src/config/types.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import { bootstrapTokenObjects, tokenSecret } from '../../../src/manifests/bootstrap-token.ts';
import { clusterInfoObjects } from '../../../src/manifests/cluster-info.ts';
import { clusterAdminsBinding } from '../../../src/manifests/rbac.ts';
import { uploadKubeadmConfigObjects, uploadKubeletConfigObjects } from '../../../src/manifests/upload-config.ts';
import { toYaml } from '../../../src/yaml.ts';
import { between, initConfig, minors, newest, release } from './config.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const clusterConfigurationYaml = 'kind: ClusterConfiguration\n';
const kubeletConfigurationYaml = 'kind: KubeletConfiguration\n';
const cluster = { caPem: '-----BEGIN CERTIFICATE-----\n', server: 'https://cp.example.test:6443' };

const kubeadmConfig = (version: string) =>
  uploadKubeadmConfigObjects(initConfig(version), release(version), { clusterConfigurationYaml });
const kubeletConfig = (version: string, kubeletUserSupplied = false) =>
  uploadKubeletConfigObjects(release(version), { kubeletConfigurationYaml, kubeletUserSupplied });
const rights = (version: string) => bootstrapTokenObjects(release(version));
const nameOf = ({ metadata }: KubeObject) => metadata.name;

describe.each(['1.20.2', '1.36.2'])('the API objects of %s', (version) => {
  test('are what kubeadm creates, in its order', async () => {
    const objects = [
      ...kubeadmConfig(version),
      ...kubeletConfig(version),
      ...initConfig(version).bootstrapTokens.map((token) => tokenSecret(token, now)),
      ...rights(version),
      ...clusterInfoObjects(release(version), cluster),
    ];
    await expect(objects.map((object) => toYaml(object)).join('---\n')).toMatchFileSnapshot(
      `__snapshots__/objects-${version}.yaml`,
    );
  });
});

describe.each(minors)('in %s', (version) => {
  test('kubeadm-config lists API endpoints up to 1.21', () => {
    const { ClusterStatus } = kubeadmConfig(version)[0]!['data'] as { ClusterStatus?: string };
    expect(ClusterStatus?.includes('advertiseAddress: 192.0.2.10') ?? false).toBe(
      between('1.18', '1.21').includes(version),
    );
  });

  test("the kubelets' ConfigMap and Role are named after the minor up to 1.23", () => {
    const suffix = between('1.18', '1.23').includes(version) ? `-${version}` : '';
    expect(kubeletConfig(version).map(nameOf)).toEqual([
      `kubelet-config${suffix}`,
      `kubeadm:kubelet-config${suffix}`,
      `kubeadm:kubelet-config${suffix}`,
    ]);
  });

  test('a generated kubelet configuration carries its hash from 1.19 on', () => {
    const hash = 'kubeadm.kubernetes.io/component-config.hash';
    const hashed = expect.objectContaining({ [hash]: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
    const [generated, own] = [false, true].map((given) => kubeletConfig(version, given)[0]?.metadata.annotations ?? {});
    expect(generated).toEqual(version === '1.18' ? {} : hashed);
    expect(own).not.toHaveProperty([hash]);
  });

  test('administrators are bound to cluster-admin from 1.29 on', () => {
    expect(clusterAdminsBinding(release(version)) !== undefined).toBe(between('1.29', newest).includes(version));
  });

  test('cluster-info holds empty preferences up to 1.33', () => {
    const { kubeconfig } = clusterInfoObjects(release(version), cluster)[0]!['data'] as { kubeconfig: string };
    expect(kubeconfig.includes('preferences: {}\n')).toBe(between('1.18', '1.33').includes(version));
    expect(kubeconfig).toContain('contexts: null\ncurrent-context: ""\nkind: Config\n');
  });
});

describe("the API server's rights on kubelets", () => {
  test.each([
    ['1.33.11', false],
    ['1.33.12', true],
    ['1.34.0', false],
    ['1.34.8', true],
    ['1.35.4', false],
    ['1.35.5', true],
    ['1.36.0', false],
    ['1.36.1', true],
  ])('of %s are bound by name where its certificate names no group: %s', (version, bound) => {
    expect(rights(version).map(nameOf).includes('kubeadm:apiserver-kubelet-client')).toBe(bound);
  });
});

describe('the Secret of a bootstrap token', () => {
  const token: BootstrapToken = {
    token: 'abcdef.0123456789abcdef',
    usages: ['signing', 'authentication'],
    groups: ['system:bootstrappers:a', 'system:bootstrappers:b'],
  };
  const decoded = (secret: KubeObject) =>
    Object.fromEntries(
      Object.entries(secret['data'] as Record<string, string>).map(([key, text]) => [key, atob(text)]),
    );

  test('is named after its id and holds everything in base64', () => {
    const secret = tokenSecret({ ...token, ttl: '24h0m0s', description: 'for the third rack' }, now);
    expect(secret).toMatchObject({
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
    });
    expect(decoded(secret)).toEqual({
      'token-id': 'abcdef',
      'token-secret': '0123456789abcdef',
      description: 'for the third rack',
      expiration: '2026-01-03T03:04:05Z',
      'usage-bootstrap-signing': 'true',
      'usage-bootstrap-authentication': 'true',
      'auth-extra-groups': 'system:bootstrappers:a,system:bootstrappers:b',
    });
  });

  test.each([
    ['a ttl of 0', { ttl: '0s' }, undefined],
    ['no ttl', {}, undefined],
    ['a ttl', { ttl: '1h30m' }, '2026-01-02T04:34:05Z'],
    ['a date', { expires: '2027-05-06T07:08:09+02:00' }, '2027-05-06T05:08:09Z'],
  ])('with %s expires then', (_, lifetime, expiration) => {
    expect(decoded(tokenSecret({ ...token, ...lifetime }, now))['expiration']).toBe(expiration);
  });

  test('without groups and usages names none', () => {
    const secret = tokenSecret({ token: token.token, usages: [], groups: [] }, now);
    expect(Object.keys(decoded(secret))).toEqual(['token-id', 'token-secret']);
  });
});
