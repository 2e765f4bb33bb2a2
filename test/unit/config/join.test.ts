import { describe, expect, it } from 'vitest';
import { completeJoin, joinRequest } from '../../../src/config/join.ts';
import type { JoinFlags } from '../../../src/config/join-flags.ts';
import { anyNode } from '../../../src/config/node-facts.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import type { Discovery, JoinConfig } from '../../../src/config/types.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { problemsOf } from '../problems.ts';

const token = 'abcdef.0123456789abcdef';
const hash = `sha256:${'ab'.repeat(32)}`;
const enough: JoinFlags = { token, discoveryTokenCaCertHash: [hash] };
const endpoint = '10.0.0.1:6443';

interface Asked {
  readonly flags?: JoinFlags;
  readonly endpoint?: string;
  readonly text?: string;
  readonly discovery?: Discovery;
  readonly version?: string;
}

async function completed({ flags = {}, text, version = 'v1.36.2', ...asked }: Asked): Promise<JoinConfig> {
  const documents = text === undefined ? undefined : await readConfigFile(text, 'j.yaml');
  const request = joinRequest({
    documents,
    flags,
    endpoint: asked.endpoint,
    discoveryFollows: asked.discovery !== undefined,
  });
  const discovery = asked.discovery === undefined ? {} : { discovery: asked.discovery };
  return completeJoin(request, {
    facts: { ...anyNode, hostname: 'Worker1' },
    version: parseVersion(version),
    ...discovery,
  });
}

const problems = (asked: Asked) => problemsOf(completed(asked));

const doc = (body: string, version = 'v1beta4') =>
  `apiVersion: kubeadm.k8s.io/${version}\nkind: JoinConfiguration\n${body}`;

describe('what join completes', () => {
  it('takes --token for both tokens, and the rest from kubeadm', async () => {
    expect(await completed({ flags: enough, endpoint })).toMatchObject({
      nodeRegistration: { name: 'worker1', criSocket: 'unix:///var/run/containerd/containerd.sock' },
      caCertPath: '/etc/kubernetes/pki/ca.crt',
      discovery: {
        bootstrapToken: { token, apiServerEndpoint: endpoint, caCertHashes: [hash], unsafeSkipCAVerification: false },
        tlsBootstrapToken: token,
      },
      timeouts: { tlsBootstrap: '5m0s', discovery: '5m0s' },
    });
  });

  it('has no control plane unless one is asked for', async () => {
    expect((await completed({ flags: enough, endpoint })).controlPlane).toBeUndefined();
    const flags = { ...enough, controlPlane: true, certificateKey: 'ab'.repeat(32), apiserverBindPort: '7443' };
    expect((await completed({ flags, endpoint })).controlPlane).toEqual({
      localAPIEndpoint: { advertiseAddress: '192.0.2.1', bindPort: 7443 },
      certificateKey: 'ab'.repeat(32),
    });
  });

  it('is the same from a file, of any API version', async () => {
    const body = `discovery:\n  bootstrapToken: {token: ${token}, apiServerEndpoint: "${endpoint}", caCertHashes: ["${hash}"]}\n`;
    const fromFlags = await completed({ flags: enough, endpoint });
    for (const version of ['v1beta2', 'v1beta3', 'v1beta4']) {
      expect(await completed({ text: doc(body, version) })).toEqual(fromFlags);
    }
  });

  it('finds the cluster by a file, with a token of its own for the kubelet', async () => {
    const { discovery } = await completed({ flags: { discoveryFile: '/tmp/cluster.conf', tlsBootstrapToken: token } });
    expect(discovery).toEqual({ file: { kubeConfigPath: '/tmp/cluster.conf' }, tlsBootstrapToken: token });
  });

  it('needs no way to find the cluster where somebody who knows it joins the node', async () => {
    const discovery: Discovery = { file: { kubeConfigPath: '/home/me/.kube/config' } };
    expect((await completed({ discovery })).discovery).toEqual(discovery);
    const own = await completed({ flags: enough, endpoint, discovery });
    expect(own.discovery.bootstrapToken?.token).toBe(token);
  });

  it('lets a control plane be found by its admin.conf', async () => {
    expect((await completed({ flags: { controlPlane: true } })).discovery).toEqual({
      file: { kubeConfigPath: '/etc/kubernetes/admin.conf' },
    });
  });

  it('tells from the request alone what does not depend on the node', () => {
    const request = joinRequest({
      flags: { ...enough, skipPhases: ['preflight'], patches: '/p', dryRun: true },
      endpoint,
    });
    expect(request).toMatchObject({
      skipPhases: ['preflight'],
      patchesDirectory: '/p',
      dryRun: true,
      controlPlane: undefined,
    });
  });
});

describe('what join refuses', () => {
  it.each<[string, Asked, RegExp]>([
    ['no way to find the cluster', {}, /say how the cluster is found/],
    ['no endpoint', { flags: enough }, /name the API server as HOST:PORT/],
    ['an endpoint without a port', { flags: enough, endpoint: 'a' }, /^HOST:PORT: "a" is not HOST:PORT/],
    ['no token', { flags: { discoveryTokenCaCertHash: [hash] }, endpoint }, /a bootstrap token is needed/],
    ['a malformed token', { flags: { ...enough, token: 'SECRET' }, endpoint }, /^--token: is not a token/],
    [
      'a malformed token for the kubelet',
      { flags: { ...enough, tlsBootstrapToken: 'SECRET' }, endpoint },
      /^--tls-bootstrap-token: is not a token/,
    ],
    ['no pin', { flags: { token }, endpoint }, /give the CA by --discovery-token-ca-cert-hash/],
    [
      'a malformed pin',
      { flags: { token, discoveryTokenCaCertHash: ['md5:ab'] }, endpoint },
      /^--discovery-token-ca-cert-hash: "md5:ab" is not sha256:/,
    ],
    ['a file over plain http', { flags: { discoveryFile: 'http://a/b' } }, /^--discovery-file: a URL has to be https/],
    [
      'a CA that is no file',
      { text: doc(`caCertPath: ca.crt\ndiscovery: {file: {kubeConfigPath: /a}}\n`) },
      /^j.yaml:3 caCertPath: "ca.crt" is not the absolute path/,
    ],
    [
      'both ways to find the cluster',
      { text: doc(`discovery: {bootstrapToken: {token: ${token}}, file: {kubeConfigPath: /a}}\n`) },
      /give bootstrapToken or file, not both/,
    ],
    [
      'a file for init',
      {
        text: 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n',
        discovery: { file: { kubeConfigPath: '/a' } },
      },
      /holds no JoinConfiguration/,
    ],
    [
      'flags that belong into the file',
      { text: doc('discovery: {file: {kubeConfigPath: /a}}\n'), flags: { config: 'j.yaml', token } },
      /^--config: cannot be mixed with --token/,
    ],
    [
      'an address beside the file',
      { text: doc('discovery: {file: {kubeConfigPath: /a}}\n'), flags: { config: 'j.yaml' }, endpoint },
      /cannot be mixed with HOST:PORT/,
    ],
    ['a version that is not served', { flags: enough, endpoint, version: 'v1.39.0' }, /kinit serves v1.18 to v1.37/],
  ])('%s', async (_what, asked, problem) => {
    const found = await problems(asked);
    expect(found.join('\n')).toMatch(problem);
    expect(found.join()).not.toContain('SECRET');
  });
});
