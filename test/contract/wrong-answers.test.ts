import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createRawTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KinitError } from '../../src/errors.ts';
import { etcdClient } from '../../src/etcd/gateway.ts';
import { etcdVersions } from '../../src/etcd/version.ts';
import { httpsEndpoint } from '../../src/https/endpoint.ts';
import { explainFailure, WrongAnswer } from '../../src/https/failure.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { discover } from '../../src/kube/discovery.ts';
import { fetchDiscoveryFile } from '../../src/kube/file-discovery.ts';
import { httpsKubeClient } from '../../src/kube/https-client.ts';
import { tokenFromSecret, tokenSecretsQuery } from '../../src/kube/token.ts';
import { readClusterFacts } from '../../src/workflows/cluster/cluster-info.ts';
import { status } from '../../src/workflows/cluster/status.ts';
import { type Pair, testAuthority, testCertificate } from '../certificates.ts';

let authority: Pair;
let own: Pair;
beforeAll(async () => {
  authority = await testAuthority();
  own = await testCertificate(authority, 'server', ['127.0.0.1', 'localhost']);
});

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** What happens to who asks. */
interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Bytes on the wire in place of all that. */
  readonly raw?: string;
  readonly tls?: ServerOptions;
  readonly plain?: boolean;
}

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return (server.address() as AddressInfo).port;
}

async function answering({
  status: code = 200,
  headers = {},
  body = '',
  raw,
  tls = {},
  plain,
}: Answer): Promise<number> {
  const keys = { cert: own.certificate, key: own.key.reveal(), ...tls };
  if (plain) return listening(createServer((socket) => socket.once('data', () => socket.end(raw ?? ''))));
  if (raw !== undefined) {
    return listening(createRawTlsServer(keys, (socket) => socket.once('data', () => socket.end(raw ?? ''))) as Server);
  }
  return listening(
    createTlsServer(keys, (_, response) => response.writeHead(code, headers).end(body)) as unknown as Server,
  );
}

const json = (value: unknown): Answer => ({ body: JSON.stringify(value) });
const meta = { name: 'a', namespace: 'b' };

/** Name, answer, and what the words have to say of it. */
const answers: readonly (readonly [string, Answer, RegExp])[] = [
  ['a web page', { body: '<!DOCTYPE html><html><title>Login</title></html>' }, /web page \("Login"\)/],
  ['plain HTTP on the port', { plain: true, raw: 'HTTP/1.1 400 Bad Request\r\n\r\nclear' }, /does not speak TLS/],
  ['another protocol', { plain: true, raw: 'SSH-2.0-OpenSSH_9.2\r\n' }, /does not speak TLS/],
  [
    'TLS 1.0',
    { tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } },
    /kinds of TLS that are not safe/,
  ],
  ['too long a header', { headers: { 'x-long': 'x'.repeat(20_000) } }, /headers that are longer/],
  ['a garbled status line', { raw: 'HTTQ/1.1 OK\r\n\r\n' }, /not answer as a web server/],
  ['a header that is none', { raw: 'HTTP/1.1 200 OK\r\nbad header\r\n\r\n{}' }, /not answer as a web server/],
  [
    'a chunk that is none',
    { raw: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n' },
    /not answer as a web server|broke the connection/,
  ],
  ['an answer that is cut off', { raw: 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"a"' }, /broke the connection/],
  [
    'JSON of a hundred thousand levels',
    { body: `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}` },
    /broken or cut off/,
  ],
  ['JSON that is cut off', { body: '{"kind":"ConfigMap","data":{"a":"secret' }, /broken or cut off/],
  [
    'another protocol to switch to',
    { raw: 'HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n' },
    /another protocol/,
  ],
  ['JSON of something else', json({}), /metadata is missing/],
  ['JSON that is no object', json([1]), /a list, not an object/],
  ['JSON that is null', json(null), /not an object/],
  ['an empty answer', {}, /empty/],
  ['no content', { status: 204 }, /empty/],
  ['a redirect', { status: 302, headers: { location: 'https://login.example' } }, /login\.example/],
  ['a packed answer', { headers: { 'content-encoding': 'gzip' }, body: gzipSync('{}') }, /gzip/],
  ['a huge answer', { headers: { 'content-length': `${1024 ** 4}` }, body: '{' }, /more than it can have to say/],
  [
    'another kind of object',
    json({ kind: 'Status', metadata: {}, status: 'Success' }),
    /does not answer as expected|kind/,
  ],
  ['an error page', { status: 404, body: '<html>nginx</html>' }, /web page, status 404/],
  ['a Status of wrong types', { status: 422, ...json({ kind: 'Status', message: 1, details: { causes: 'x' } }) }, /./],
];

const misfits: readonly (readonly [string, object])[] = [
  ['metadata that is a text', { metadata: 'x' }],
  ['no name', { metadata: {} }],
  ['a name that is a number', { metadata: { name: 7 } }],
  ['labels that are a list', { metadata: { ...meta, labels: ['a'] } }],
  ['annotations that are numbers', { metadata: { ...meta, annotations: { a: 1 } } }],
  ['data that are numbers', { metadata: meta, data: { kubeconfig: 1, kubelet: 2, ClusterConfiguration: 3 } }],
  ['data that are a text', { metadata: meta, data: 'x' }],
  ['a status that is a text', { metadata: meta, status: 'x' }],
  ['conditions that are a mapping', { metadata: meta, status: { conditions: {} } }],
  ['conditions that are null', { metadata: meta, status: { conditions: [null] } }],
  ['containers that are texts', { metadata: meta, status: { containerStatuses: ['x'] } }],
];

/** Everything that reads an answer. */
const askers: Readonly<Record<string, (client: KubeClient) => Promise<unknown>>> = {
  get: (client) => client.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: 'b' }),
  'get of a Node': (client) => client.get({ apiVersion: 'v1', kind: 'Node', name: 'a' }),
  'get of a Pod': (client) => client.get({ apiVersion: 'v1', kind: 'Pod', name: 'a', namespace: 'b' }),
  'get of an unknown kind': (client) => client.get({ apiVersion: 'x.example/v1', kind: 'Thing', name: 'a' }),
  list: (client) => client.list({ apiVersion: 'v1', kind: 'Node' }),
  'token list': async (client) => (await client.list(tokenSecretsQuery)).map(tokenFromSecret),
  watch: async (client) => {
    for await (const event of client.watch({ apiVersion: 'v1', kind: 'Node' }, AbortSignal.timeout(5000))) return event;
    return undefined;
  },
  create: (client) => client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta }),
  'a try': (client) => client.tryToCreate({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta }),
  update: (client) => client.update({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta }),
  patch: (client) => client.patch({ apiVersion: 'v1', kind: 'Node', name: 'a' }, 'merge', {}),
  apply: (client) => client.apply({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: meta }),
  delete: (client) => client.delete({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: 'b' }),
  evict: (client) => client.evict('b', 'a'),
  'the cluster’s own configuration': readClusterFacts,
};

const clientOf = (port: number, ca = authority.certificate) => {
  const client = httpsKubeClient({ server: `https://127.0.0.1:${port}`, ca, retryForMs: 0, timeoutMs: 5000 });
  open.push(client);
  return client;
};

/** The error, which is an expected one and says where it came from; undefined where the answer was of use. */
async function refusal(work: () => Promise<unknown>): Promise<KinitError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(KinitError);
    expect((error as KinitError).exitCode).not.toBe(70);
    return error as KinitError;
  }
}

describe.each(answers)('%s, where an API server was expected,', (_, answer, words) => {
  it.each(Object.keys(askers))('is no bug of kinit’s: %s', async (asker) => {
    const port = await answering(answer);
    const error = await refusal(() => askers[asker]?.(clientOf(port)) ?? Promise.resolve());
    if (asker === 'get') {
      expect(error?.message).toMatch(words);
      expect(error?.message).not.toContain('secret');
    }
  });

  it('is none to discovery, to the file of a discovery, to etcd, and to status either', async () => {
    const port = await answering(answer);
    const server = `https://127.0.0.1:${port}`;
    const token = 'abcdef.0123456789abcdef';
    const short = { deadlineMs: 300, signatureDeadlineMs: 300 };
    const trust = { caCertHashes: ['sha256:aa'], unsafeSkipCAVerification: false };
    expect(await refusal(() => discover({ endpoint: `127.0.0.1:${port}`, token, ...trust, ...short }))).toBeDefined();
    await refusal(() => fetchDiscoveryFile(`${server}/file`));
    const settings = { servers: [server], ca: authority.certificate, client: own, retryForMs: 0 };
    const etcd = etcdClient(settings);
    open.push(etcd);
    for (const work of [etcd.members, etcd.status, () => etcd.add('https://a:2380', 'voter')]) {
      expect(await refusal(work)).toBeDefined();
    }
    expect(await etcd.healthy()).toEqual(new Set());
    const { dial } = direct;
    expect(await etcdVersions({ ...settings, dial })).toMatchObject([{ error: expect.any(String) }]);
    expect((await status([], clientOf(port))).problem).toEqual(expect.any(String));
  });
});

describe.each(misfits)('an object with %s', (_, fields) => {
  it.each(Object.keys(askers))('is no bug of kinit’s: %s', async (asker) => {
    const kinds: Readonly<Record<string, string>> = { 'get of a Node': 'Node', 'get of a Pod': 'Pod' };
    const listed = ['list', 'token list', 'watch'].includes(asker);
    const object = { kind: kinds[asker] ?? 'ConfigMap', ...fields };
    const port = await answering(
      json(listed ? { kind: 'List', metadata: { resourceVersion: '1' }, items: [fields] } : object),
    );
    await refusal(() => askers[asker]?.(clientOf(port)) ?? Promise.resolve());
  });
});

/** Kinds that are only listed: what an upgrade looks at. */
const listed: readonly (readonly [string, string, object, string])[] = [
  ['v1', 'Node', { status: { nodeInfo: { kernelVersion: 5 } } }, 'status.nodeInfo.kernelVersion is not a text'],
  ['v1', 'Pod', { spec: { containers: 'x' } }, 'spec.containers is not a list'],
  ['v1', 'Pod', { spec: { containers: [{ image: 5 }] } }, 'spec.containers[0].image is not a text'],
  ['v1', 'Pod', { status: { conditions: [null] } }, 'status.conditions[0] is not a mapping'],
  ['v1', 'Endpoints', { subsets: 'x' }, 'subsets is not a list'],
  ['v1', 'Endpoints', { subsets: [{ addresses: {} }] }, 'subsets[0].addresses is not a list'],
  ['apps/v1', 'Deployment', { spec: 'x' }, 'spec is not a mapping'],
  ['apps/v1', 'Deployment', { spec: { replicas: '3; reboot' } }, 'spec.replicas is not a number'],
  ['apps/v1', 'Deployment', { spec: { template: { spec: { containers: [7] } } } }, 'containers[0] is not a mapping'],
  ['policy/v1', 'PodDisruptionBudget', { status: [] }, 'status is not a mapping'],
  ['batch/v1', 'Job', { status: { conditions: {} } }, 'status.conditions is not a list'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', { webhooks: 'x' }, 'webhooks is not a list'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', { webhooks: [null] }, 'webhooks[0] is not a'],
  [
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    { webhooks: [{ clientConfig: { service: 5 } }] },
    'webhooks[0].clientConfig.service is not a mapping',
  ],
];

describe('what an upgrade looks at', () => {
  it.each(listed)('is refused with the place of what is wrong: %s %s %j', async (apiVersion, kind, fields, says) => {
    const item = { metadata: meta, ...fields };
    const port = await answering(json({ kind: 'List', metadata: { resourceVersion: '1' }, items: [item] }));
    const error = await refusal(() => clientOf(port).list({ apiVersion, kind }));
    expect(error?.message).toContain(says);
  });
});

const header = { cluster_id: '1', member_id: '2' };

describe('what etcd answers', () => {
  it.each([
    ['no header', { members: [] }],
    ['members that are a mapping', { header, members: {} }],
    ['a member that is a text', { header, members: ['x'] }],
    ['a member without an id', { header, members: [{ name: 'a' }] }],
    ['an id that is no number', { header, members: [{ ID: 'x' }] }],
    ['addresses that are a text', { header, members: [{ ID: '1', peerURLs: 'x' }] }],
  ])('is refused where it has %s: a quorum is not guessed', async (_, answer) => {
    const port = await answering(json(answer));
    const etcd = etcdClient({
      servers: [`https://127.0.0.1:${port}`],
      ca: authority.certificate,
      client: own,
      retryForMs: 0,
    });
    open.push(etcd);
    expect(await refusal(() => etcd.members())).toBeInstanceOf(WrongAnswer);
  });
});

describe('a connection that cannot be made', () => {
  it.each([
    [
      'a key of another certificate',
      () => ({ ca: authority.certificate, client: { certificate: own.certificate, key: authority.key } }),
    ],
  ])('for %s says so, dialled through a host too', async (_, settings) => {
    const port = await answering(json({}));
    const server = `https://127.0.0.1:${port}`;
    for (const way of [{}, direct]) {
      const endpoint = httpsEndpoint({ server, ...settings(), ...way });
      open.push(endpoint);
      const error = await endpoint
        .exchange({ method: 'GET', path: '/' })
        .catch((thrown) => explainFailure(thrown, server));
      expect(error).toBeInstanceOf(KinitError);
      expect((error as KinitError).message).toContain('CA, certificate or key');
    }
  });
});

const direct = {
  dial: async (target: { readonly host: string; readonly port: number }) => {
    const { connect } = await import('node:net');
    const socket = connect(target);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return socket;
  },
};
