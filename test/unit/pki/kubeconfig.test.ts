import { beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { readKubeconfig } from '../../../src/pki/kubeconfig.ts';
import { kubeconfigDocument, rotatableKubeconfig } from '../../../src/pki/kubeconfig-document.ts';
import { controlPlaneServer, kubeconfigTable, renewableKubeconfigs } from '../../../src/pki/kubeconfig-table.ts';
import { Secret } from '../../../src/secret.ts';
import { toYaml } from '../../../src/yaml.ts';
import { type Pair, testAuthority, testCertificate } from '../../certificates.ts';
import { configOf, pkiOf } from './config.ts';

const endpoint = 'https://cp.example.test:6443';
const local = 'https://192.0.2.10:6443';

const rowsAt = (version: string, config = configOf({ controlPlaneEndpoint: 'cp.example.test:6443' })) =>
  kubeconfigTable(config, pkiOf(version)).map(({ file, user, organizations, server }) => [
    file,
    user,
    organizations.join(),
    server,
  ]);

describe('the kubeconfigs of a control plane', () => {
  it('of v1.19.0 all talk to the control-plane endpoint', () => {
    expect(rowsAt('v1.19.0')).toEqual([
      ['admin.conf', 'kubernetes-admin', 'system:masters', endpoint],
      ['kubelet.conf', 'system:node:cp1', 'system:nodes', endpoint],
      ['controller-manager.conf', 'system:kube-controller-manager', '', endpoint],
      ['scheduler.conf', 'system:kube-scheduler', '', endpoint],
    ]);
  });

  it('of v1.20.2 let the controller manager and the scheduler talk to their own node', () => {
    expect(rowsAt('v1.20.2')).toEqual([
      ['admin.conf', 'kubernetes-admin', 'system:masters', endpoint],
      ['kubelet.conf', 'system:node:cp1', 'system:nodes', endpoint],
      ['controller-manager.conf', 'system:kube-controller-manager', '', local],
      ['scheduler.conf', 'system:kube-scheduler', '', local],
    ]);
  });

  it('of v1.36.2 add super-admin.conf, and the kubelet talks to its own node too', () => {
    expect(rowsAt('v1.36.2')).toEqual([
      ['admin.conf', 'kubernetes-admin', 'kubeadm:cluster-admins', endpoint],
      ['super-admin.conf', 'kubernetes-super-admin', 'system:masters', endpoint],
      ['kubelet.conf', 'system:node:cp1', 'system:nodes', local],
      ['controller-manager.conf', 'system:kube-controller-manager', '', local],
      ['scheduler.conf', 'system:kube-scheduler', '', local],
    ]);
  });

  it.each([
    ['v1.31.0', undefined, endpoint],
    ['v1.31.0', true, local],
    ['v1.33.0', undefined, local],
    ['v1.33.0', false, endpoint],
    ['v1.35.0', false, local],
  ])('at %s with ControlPlaneKubeletLocalMode %s send the kubelet to %s', (version, gate, server) => {
    const featureGates: Readonly<Record<string, boolean>> =
      gate === undefined ? {} : { ControlPlaneKubeletLocalMode: gate };
    const config = configOf({ controlPlaneEndpoint: 'cp.example.test:6443', featureGates });
    expect(kubeconfigTable(config, pkiOf(version)).find(({ name }) => name === 'kubelet')?.server).toBe(server);
  });

  it.each([
    [undefined, 'https://192.0.2.10:6443'],
    ['cp.example.test', 'https://cp.example.test:6443'],
    ['cp.example.test:8443', 'https://cp.example.test:8443'],
    ['[2001:db8::1]', 'https://[2001:db8::1]:6443'],
    ['2001:db8::1', 'https://[2001:db8::1]:6443'],
  ])('of an endpoint %s have the server %s', (controlPlaneEndpoint, server) => {
    expect(controlPlaneServer(configOf(controlPlaneEndpoint === undefined ? {} : { controlPlaneEndpoint }))).toBe(
      server,
    );
  });

  it.each([
    ['v1.30.0', 'RSA-2048'],
    ['v1.31.0', 'ECDSA-P256'],
  ])('of %s with ECDSA-P256 have keys of %s', (version, algorithm) => {
    const config = configOf({ encryptionAlgorithm: 'ECDSA-P256' });
    expect(kubeconfigTable(config, pkiOf(version))[0]?.client).toMatchObject({
      algorithm,
      start: 'signer',
      usages: ['clientAuth'],
    });
  });

  it('are renewed but for the one that the kubelet rotates', () => {
    const files = (version: string) => renewableKubeconfigs(pkiOf(version)).map(({ file }) => file);
    expect(files('v1.28.0')).toEqual(['admin.conf', 'controller-manager.conf', 'scheduler.conf']);
    expect(files('v1.29.0')).toEqual(['admin.conf', 'super-admin.conf', 'controller-manager.conf', 'scheduler.conf']);
  });
});

let ca: Pair;
let admin: Pair;
beforeAll(async () => {
  ca = await testAuthority();
  admin = await testCertificate(ca, 'kubernetes-admin');
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
const written = (preferences: boolean) =>
  toYaml(
    kubeconfigDocument({
      clusterName: 'prod',
      server: endpoint,
      caPem: ca.certificate,
      user: 'kubernetes-admin',
      client: { certificatePem: admin.certificate, key: admin.key },
      preferences,
    }),
  );

describe('a kubeconfig that is written', () => {
  it.each([
    ['with preferences, as up to v1.33', true],
    ['without, as from v1.34', false],
  ])('has the text that kubeadm writes: %s', (_, preferences) => {
    expect(written(preferences)).toBe(`apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(ca.certificate)}
    server: https://cp.example.test:6443
  name: prod
contexts:
- context:
    cluster: prod
    user: kubernetes-admin
  name: kubernetes-admin@prod
current-context: kubernetes-admin@prod
kind: Config
${preferences ? 'preferences: {}\n' : ''}users:
- name: kubernetes-admin
  user:
    client-certificate-data: ${base64(admin.certificate)}
    client-key-data: ${base64(admin.key.reveal())}
`);
  });

  it('is read back to the same', () => {
    const read = readKubeconfig(written(true));
    expect(read).toMatchObject({ server: endpoint, ca: ca.certificate, user: 'kubernetes-admin', insecure: false });
    expect(read.clientCertificate).toBe(admin.certificate);
    expect(read.clientKey?.reveal()).toBe(admin.key.reveal());
  });

  it('holds a token instead, where one is given', () => {
    const options = { clusterName: 'c', server: local, caPem: ca.certificate, user: 'u', preferences: false };
    const read = readKubeconfig(toYaml(kubeconfigDocument({ ...options, client: { token: new Secret('abc') } })));
    expect(read.token?.reveal()).toBe('abc');
    expect(read.clientKey).toBeUndefined();
  });

  it('takes the first certificate of a bundle as the CA', () => {
    const options = { clusterName: 'c', server: local, user: 'u', preferences: false, client: { token: 'abc' } };
    const caPem = `# our own CA\n${ca.certificate}${admin.certificate}`;
    expect(readKubeconfig(toYaml(kubeconfigDocument({ ...options, caPem }))).ca).toBe(ca.certificate);
  });

  it("names the kubelet's rotating file after kubelet-finalize", () => {
    const certificateFile = '/var/lib/kubelet/pki/kubelet-client-current.pem';
    const options = {
      clusterName: 'c',
      server: local,
      caPem: ca.certificate,
      user: 'system:node:cp1',
      preferences: false,
    };
    expect(readKubeconfig(toYaml(rotatableKubeconfig({ ...options, certificateFile })))).toMatchObject({
      clientCertificateFile: certificateFile,
      clientKeyFile: certificateFile,
    });
  });
});

describe('a kubeconfig that is read', () => {
  const problemOf = (text: string): string => {
    try {
      readKubeconfig(text, 'admin.conf');
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
    return 'none';
  };
  const edited = (from: string | RegExp, to: string) => written(true).replace(from, to);

  it.each([
    ['nothing', '', 'admin.conf: is not a kubeconfig (a single document of kind Config)'],
    [
      'another kind',
      'apiVersion: v1\nkind: Pod\n',
      'admin.conf: is not a kubeconfig (a single document of kind Config)',
    ],
    [
      'two documents',
      'kind: Config\n---\nkind: Config\n',
      'admin.conf: is not a kubeconfig (a single document of kind Config)',
    ],
    ['no cluster', 'kind: Config\ncurrent-context: x\n', 'admin.conf:1 contexts: has no entry named "x"'],
    [
      'several clusters and no context',
      'kind: Config\nclusters: [{name: a}, {name: b}]\n',
      'admin.conf:2 clusters: has no current-context',
    ],
  ])('from %s is refused with its place', (_, text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  it.each([
    [
      'a context that is not there',
      () => edited(/current-context: .*/, 'current-context: other'),
      'has no entry named "other"',
    ],
    [
      'a user that is not there',
      () => edited('    user: kubernetes-admin', '    user: other'),
      'has no entry named "other"',
    ],
    ['no server', () => edited(/ {4}server: .*\n/, ''), 'clusters[0].cluster.server: is missing'],
    [
      'a server that is a number',
      () => edited(/server: .*/, 'server: 7'),
      'clusters[0].cluster.server: is not a string',
    ],
    [
      'a CA that is not base64',
      () => edited(/certificate-authority-data: .*/, 'certificate-authority-data: "%%%"'),
      'is not PEM in base64',
    ],
    [
      'a key that is cut off',
      () => edited(/client-key-data: .*/, 'client-key-data: QUJD'),
      'users[0].user.client-key-data: is not PEM in base64',
    ],
    [
      'a plugin',
      () => edited(/ {4}client-certificate-data[^$]*/, '    exec: {command: aws}\n'),
      'users[0].user.exec: is not supported',
    ],
    [
      'a file whose name no process takes',
      () => edited(/client-key-data: .*/, 'client-key: "/etc/key\\0"'),
      'users[0].user.client-key: holds a NUL character',
    ],
  ])('with %s is refused with its place', (_, text, problem) => {
    expect(problemOf(text())).toContain(problem);
  });

  it('never shows a key in what it says', () => {
    const key = base64(admin.key.reveal());
    expect(problemOf(`${written(true)}  broken: [\n`)).not.toContain(key.slice(0, 40));
    expect(JSON.stringify(readKubeconfig(written(true)))).not.toContain('PRIVATE');
  });

  it('may tell only a cluster, as a discovery file does', () => {
    const text = `kind: Config\nclusters:\n- name: ""\n  cluster: {server: "${local}"}\ncontexts: null\ncurrent-context: ""\nusers: null\n`;
    expect(readKubeconfig(text)).toEqual({ server: local, insecure: false });
  });

  it('may be JSON', () => {
    const text = JSON.stringify({
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: local, 'insecure-skip-tls-verify': true } }],
    });
    expect(readKubeconfig(text)).toEqual({ server: local, insecure: true });
  });

  it('refuses one that names a CA and asks for it to be passed over', () => {
    const cluster = { server: local, 'certificate-authority': '/ca.crt', 'insecure-skip-tls-verify': true };
    const text = toYaml({ apiVersion: 'v1', kind: 'Config', clusters: [{ name: 'c', cluster }] });
    expect(() => readKubeconfig(text)).toThrow('insecure-skip-tls-verify: cannot be true beside certificate-authority');
  });
});
