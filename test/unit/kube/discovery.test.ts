import { connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../../src/errors.ts';
import { caCertHash } from '../../../src/kube/ca-pin.ts';
import { type DiscoverySettings, discover } from '../../../src/kube/discovery.ts';
import { discoverFromFile } from '../../../src/kube/file-discovery.ts';
import { clusterInfoObjects } from '../../../src/manifests/cluster-info.ts';
import { kubeconfigDocument } from '../../../src/pki/kubeconfig-document.ts';
import { toYaml } from '../../../src/yaml.ts';
import { type Pair, testAuthority } from '../../certificates.ts';
import { clusterInfo, signedBy } from '../../cluster-info.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { type KubeServer, type KubeServerOptions, kubeServer } from '../../fakes/kube-server.ts';
import { release } from '../manifests/config.ts';

const token = 'abcdef.0123456789abcdef';
let authority: Pair;
let server: KubeServer;

beforeAll(async () => {
  authority = await testAuthority();
});

afterEach(() => server.close());

interface Told extends KubeServerOptions {
  /** Nobody without rights may read cluster-info. */
  readonly isSilent?: boolean;
}

async function cluster(signer: string | undefined, { isSilent = false, ...options }: Told = {}): Promise<FakeKube> {
  const info = clusterInfo('https://api.example:6443', authority.certificate);
  const rights = clusterInfoObjects(release('1.31'), { caPem: '', server: '' }).filter(
    ({ kind }) => kind !== 'ConfigMap',
  );
  const fake = new FakeKube(signer === undefined ? info : signedBy(info, signer), ...(isSilent ? [] : rights));
  server = await kubeServer(fake, { authority, ...options });
  return fake;
}

const settings = (): DiscoverySettings => ({
  endpoint: `127.0.0.1:${server.port}`,
  token,
  caCertHashes: [caCertHash(authority.certificate)],
  unsafeSkipCAVerification: false,
  signatureDeadlineMs: 0,
});

describe('discovery by token', () => {
  it('gives the cluster whose identity is signed with the token and whose CA is pinned', async () => {
    await cluster(token);
    const found = await discover(settings());
    expect(found).toMatchObject({ server: 'https://api.example:6443', caPem: authority.certificate });
    expect(server.requests.map(({ who }) => who)).toEqual(['anonymous', 'anonymous']);
  });

  it('goes through the stream that the joining host opens', async () => {
    await cluster(token, { names: ['api.example'] });
    const targets: unknown[] = [];
    const dial = async (target: object) => {
      targets.push(target);
      return connect({ host: '127.0.0.1', port: server.port });
    };
    await discover({ ...settings(), endpoint: 'api.example:6443', dial });
    expect(targets).toEqual(Array(2).fill({ host: 'api.example', port: 6443 }));
  });

  it('waits for the cluster to sign for a token that was only just made', async () => {
    const fake = await cluster(undefined);
    const reasons: string[] = [];
    const sign = async () => {
      await fake.update(signedBy(clusterInfo('https://api.example:6443', authority.certificate), token));
    };
    const found = await discover({
      ...settings(),
      signatureDeadlineMs: 60_000,
      onWait: (reason) => {
        reasons.push(reason);
        void sign();
      },
    });
    expect(found.caPem).toBe(authority.certificate);
    expect(reasons).toEqual(['the cluster has no signature for the token abcdef']);
  });

  it('waits for an API server that is starting', async () => {
    await cluster(token);
    server.befall(/cluster-info/, 'reset');
    server.befall(/cluster-info/, { status: 503 });
    expect((await discover(settings())).caPem).toBe(authority.certificate);
  });

  it.each([
    ['a wrong secret or a forged signature', 'abcdef.ffffffffffffffff', {}, /does not fit the token abcdef/],
    ['a token that expired or never was', 'ffffff.0123456789abcdef', {}, /no signature for the token abcdef/],
    [
      'a CA that is not the pinned one',
      token,
      { caCertHashes: [`sha256:${'0'.repeat(64)}`] },
      /fits none of the given/,
    ],
  ])('refuses %s: exit 6, with what to do', async (_, signer, change, message) => {
    await cluster(signer);
    await expect(discover({ ...settings(), ...change })).rejects.toMatchObject({
      exitCode: exitCodes.trustRefused,
      message: expect.stringMatching(message),
      hint: expect.stringContaining('kinit token create'),
    });
  });

  it('refuses a server that the pinned CA has not signed, though it repeats the right words', async () => {
    const fake = await cluster(token);
    const impostor = await kubeServer(fake, { authority: await testAuthority() });
    try {
      await expect(discover({ ...settings(), endpoint: `127.0.0.1:${impostor.port}` })).rejects.toMatchObject({
        exitCode: exitCodes.trustRefused,
        message: expect.stringContaining('not signed'),
      });
    } finally {
      await impostor.close();
    }
  });

  it('refuses a server whose CA who has the token has put beside the pinned one', async () => {
    const own = await testAuthority();
    const info = clusterInfo('https://evil.example:6443', authority.certificate + own.certificate);
    server = await kubeServer(new FakeKube(signedBy(info, token)), { authority: own, everybodyMay: true });
    await expect(discover(settings())).rejects.toMatchObject({ exitCode: exitCodes.trustRefused });
  });

  it('takes several CAs from a server that the pinned one of them has signed, be it a root or not', async () => {
    const [root, old] = [await testAuthority('root'), await testAuthority('old')];
    const intermediate = await testAuthority('kubernetes', root);
    const bundle = intermediate.certificate + old.certificate;
    const fake = new FakeKube(signedBy(clusterInfo('https://api.example:6443', bundle), token));
    server = await kubeServer(fake, { authority: intermediate, everybodyMay: true });
    const found = await discover({ ...settings(), caCertHashes: [caCertHash(intermediate.certificate)] });
    expect(found.caPem).toBe(bundle);
  });

  it('refuses a cluster that tells something else once its certificate is verified', async () => {
    await cluster(token);
    server.befall(/cluster-info/, {
      status: 200,
      body: JSON.stringify(signedBy(clusterInfo('https://elsewhere:6443', authority.certificate), token)),
    });
    await expect(discover(settings())).rejects.toMatchObject({ exitCode: exitCodes.trustRefused });
  });

  it('takes any CA only where the user has said so', async () => {
    await cluster(token);
    await expect(discover({ ...settings(), caCertHashes: [] })).rejects.toMatchObject({ exitCode: exitCodes.badInput });
    const found = await discover({ ...settings(), caCertHashes: [], unsafeSkipCAVerification: true });
    expect(found.caPem).toBe(authority.certificate);
  });

  it('says what to do where cluster-info may not be read without credentials', async () => {
    await cluster(token, { isSilent: true });
    await expect(discover({ ...settings(), deadlineMs: 0 })).rejects.toMatchObject({
      exitCode: exitCodes.phaseFailed,
      message: expect.stringContaining('without credentials'),
      hint: expect.stringContaining('--discovery-file'),
    });
  });

  it('says that nothing answers where nothing does', async () => {
    await cluster(token);
    await server.close();
    await expect(discover({ ...settings(), deadlineMs: 0 })).rejects.toMatchObject({
      exitCode: exitCodes.phaseFailed,
      message: expect.stringContaining('refuses connections'),
    });
  });
});

describe('discovery by file', () => {
  const fileText = (url: string, caPem = authority.certificate) =>
    toYaml({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: '', cluster: { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') } },
      ],
      contexts: [],
      users: [],
    });

  it('takes the file’s CA and the cluster’s own address, and says where they differ', async () => {
    await cluster(undefined);
    const found = await discoverFromFile(fileText(server.url), 'join.conf');
    expect(found).toMatchObject({ server: 'https://api.example:6443', caPem: authority.certificate });
    expect(found.warnings).toEqual([
      `join.conf names the server ${server.url}, the cluster itself https://api.example:6443: taking the cluster’s`,
    ]);
  });

  it('goes by the file alone where the cluster tells nobody', async () => {
    await cluster(undefined, { isSilent: true });
    const found = await discoverFromFile(fileText(server.url), 'join.conf');
    expect(found).toMatchObject({ server: server.url, caPem: authority.certificate, warnings: [] });
  });

  it('refuses a server that the file’s CA has not signed: exit 6', async () => {
    await cluster(undefined);
    const other = (await testAuthority()).certificate;
    await expect(discoverFromFile(fileText(server.url, other), 'join.conf')).rejects.toMatchObject({
      exitCode: exitCodes.trustRefused,
    });
  });

  it('uses credentials that the file carries, for a cluster that asks for them', async () => {
    await cluster(undefined, { isSilent: true });
    const document = kubeconfigDocument({
      clusterName: 'kubernetes',
      server: server.url,
      caPem: authority.certificate,
      user: 'joiner',
      client: { certificatePem: server.admin.certificate, key: server.admin.key },
      preferences: false,
    });
    expect((await discoverFromFile(toYaml(document), 'join.conf')).server).toBe('https://api.example:6443');
  });

  it('refuses a file without a CA, naming the file: exit 3', async () => {
    await cluster(undefined);
    const text = fileText(server.url).replace(/.*certificate-authority-data.*\n/, '');
    await expect(discoverFromFile(text, 'join.conf')).rejects.toMatchObject({
      exitCode: exitCodes.badInput,
      message: expect.stringContaining('join.conf'),
    });
  });
});
