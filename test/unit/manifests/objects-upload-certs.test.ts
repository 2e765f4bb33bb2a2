import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kube/client.ts';
import { tokenSecret } from '../../../src/manifests/bootstrap-token.ts';
import {
  certificatesLifetimeToken,
  certificatesReaders,
  certificatesSecret,
  downloadedFiles,
  sealedData,
  sharedFiles,
} from '../../../src/manifests/upload-certs.ts';
import { Secret } from '../../../src/secret.ts';
import { initConfig } from './config.ts';

const certificateKey = new Secret('0123456789abcdef'.repeat(4));
const { cluster } = initConfig('1.36');
const external = {
  ...cluster,
  etcd: { external: { endpoints: ['https://e:2379'], caFile: '/e/ca.crt', certFile: '/e/c.crt', keyFile: '/e/c.key' } },
};

const contents = new Map(sharedFiles(cluster).map(({ name, path }) => [path, new Secret(`PEM of ${name}\n`)]));
const upload = (files: ReadonlyMap<string, string | Secret> = contents): KubeObject => ({
  ...certificatesSecret,
  data: sealedData(sharedFiles(cluster), files, certificateKey),
});
const dataOf = (secret: KubeObject) => secret['data'] as Record<string, string>;

describe('the files that control planes share', () => {
  test('are the CAs and the keys of the service accounts', () => {
    expect(sharedFiles(cluster).map(({ name, path, mode }) => `${name} ${path} ${mode.toString(8)}`)).toEqual([
      'ca.crt /etc/kubernetes/pki/ca.crt 644',
      'ca.key /etc/kubernetes/pki/ca.key 600',
      'front-proxy-ca.crt /etc/kubernetes/pki/front-proxy-ca.crt 644',
      'front-proxy-ca.key /etc/kubernetes/pki/front-proxy-ca.key 600',
      'sa.pub /etc/kubernetes/pki/sa.pub 644',
      'sa.key /etc/kubernetes/pki/sa.key 600',
      'etcd-ca.crt /etc/kubernetes/pki/etcd/ca.crt 644',
      'etcd-ca.key /etc/kubernetes/pki/etcd/ca.key 600',
    ]);
  });

  test('are, of an external etcd, its client certificate where the configuration has it', () => {
    expect(
      sharedFiles(external)
        .slice(6)
        .map(({ name, path }) => `${name} ${path}`),
    ).toEqual(['external-etcd-ca.crt /e/ca.crt', 'external-etcd.crt /e/c.crt', 'external-etcd.key /e/c.key']);
  });
});

describe('the Secret kubeadm-certs', () => {
  test('comes back as it went', () => {
    const files = downloadedFiles(cluster, upload(), certificateKey);
    expect(files.map(({ path, content }) => [path, content.reveal()])).toEqual(
      [...contents].map(([path, content]) => [path, content.reveal()]),
    );
  });

  test('is nonce, ciphertext and tag of AES-256-GCM, another nonce each time', () => {
    const [first, second] = [upload(), upload()].map((secret) => Buffer.from(dataOf(secret)['ca.key']!, 'base64'));
    expect(first).toHaveLength(12 + 'PEM of ca.key\n'.length + 16);
    expect(first?.subarray(0, 12)).not.toEqual(second?.subarray(0, 12));
  });

  test('holds an empty value for a key that the host does not have, which is not downloaded', () => {
    const keyless = new Map([...contents].filter(([path]) => !path.endsWith('/pki/ca.key')));
    const secret = upload(keyless);
    expect(dataOf(secret)['ca.key']).toBe('');
    expect(downloadedFiles(cluster, secret, certificateKey).map(({ name }) => name)).not.toContain('ca.key');
  });

  test('may be read by joining nodes', () => {
    expect(certificatesReaders[1]).toMatchObject({
      kind: 'RoleBinding',
      metadata: { name: 'kubeadm:kubeadm-certs', namespace: 'kube-system' },
      subjects: [{ kind: 'Group', name: 'system:bootstrappers:kubeadm:default-node-token' }],
    });
  });
});

describe('downloading', () => {
  const secret = upload();

  test('names the file that another key does not open', () => {
    const another = new Secret('f'.repeat(64));
    expect(() => downloadedFiles(cluster, secret, another)).toThrow(/does not open ca\.crt/);
  });

  test('names the file that is cut short', () => {
    const data = { ...dataOf(secret), 'sa.key': 'AAAA' };
    expect(() => downloadedFiles(cluster, { ...secret, data }, certificateKey)).toThrow(/does not open sa\.key/);
  });

  test('names the file that was never uploaded', () => {
    const { 'sa.key': _, ...data } = dataOf(secret);
    expect(() => downloadedFiles(cluster, { ...secret, data }, certificateKey)).toThrow(/holds no sa\.key/);
  });

  test.each(['', 'abc', 'z'.repeat(64)])('refuses a key that is none and does not show it: "%s"', (text) => {
    expect(() => downloadedFiles(cluster, secret, new Secret(text))).toThrow(
      /^the certificate key is not 32 bytes in hex$/,
    );
  });
});

test('the lifetime token lasts two hours and opens nothing', () => {
  const secret = tokenSecret(certificatesLifetimeToken('abcdef.0123456789abcdef'), Date.UTC(2026, 0, 1));
  expect(Object.keys(dataOf(secret)).sort()).toEqual(['description', 'expiration', 'token-id', 'token-secret']);
  expect(atob(dataOf(secret)['expiration']!)).toBe('2026-01-01T02:00:00Z');
});
