import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { KubeObject, ListQuery, ObjectRef, PatchType } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/error.ts';
import { groupOf, knownResource } from '../../src/kube/resources.ts';
import type { Secret } from '../../src/secret.ts';
import { type Pair, testAuthority, testCertificate } from '../certificates.ts';
import type { FakeKube } from './kube.ts';
import { type Asked, anonymous, certificateIdentity, type Identity, masters } from './rbac.ts';

/** What the server does with a request instead of answering it. */
export type Mishap =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'reset'
  | 'silence';

/** An API server's HTTP side over a FakeKube, on a loopback port with real TLS. */
export interface KubeServer {
  readonly url: string;
  readonly port: number;
  readonly authority: Pair;
  readonly admin: Pair;
  /** `GET /api/v1/...` of every request so far, with who asked (its common name, `token:T`, or `anonymous`). */
  readonly requests: { readonly line: string; readonly who: string; readonly agent: string }[];
  /** TCP connections accepted so far. */
  connections(): number;
  /** What befalls the next requests whose line matches. */
  befall(match: RegExp, mishap: Mishap, times?: number): void;
  /** Ends the open watches as a restarting server does. */
  breakWatches(): void;
  /** It begins anew with another certificate, and knows others. */
  beginAnew(identity: ServerIdentity): void;
  close(): Promise<void>;
}

export interface KubeServerOptions {
  readonly authority?: Pair;
  /** Names and addresses of its certificate. */
  readonly names?: readonly string[];
  readonly port?: number;
  readonly validitySeconds?: number;
  /** Everybody may do everything, or whoever shows a certificate that is trusted; default: what RBAC and the Node authorizer let each do at that moment. */
  readonly everybodyMay?: boolean | 'with a certificate';
}

/** What an API server has read when it began. */
export interface ServerIdentity {
  readonly certificate: string;
  readonly key: Secret;
  /** By which it knows who asks: one or several, PEM. */
  readonly trusted: string;
}

export async function kubeServer(fake: FakeKube, options: KubeServerOptions = {}): Promise<KubeServer> {
  const authority = options.authority ?? (await testAuthority());
  const { names = ['127.0.0.1', 'localhost'], validitySeconds } = options;
  const own = await testCertificate(authority, 'kube-apiserver', names, validitySeconds);
  const admin = await testCertificate(authority, 'kubernetes-admin');
  const requests: { line: string; who: string; agent: string }[] = [];
  const mishaps: { match: RegExp; mishap: Mishap; times: number }[] = [];
  const sockets = new Set<Socket>();
  const watches = new Set<ServerResponse>();
  let accepted = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const line = `${request.method} ${request.url}`;
    const who = whoAsks(request);
    requests.push({ line, who, agent: request.headers['user-agent'] ?? '' });
    const body = await bodyOf(request);
    const mishap = mishaps.find(({ match, times }) => times > 0 && match.test(line));
    if (mishap) {
      mishap.times--;
      if (mishap.mishap === 'silence') return;
      if (mishap.mishap === 'reset') return void request.socket.destroy();
      response.writeHead(mishap.mishap.status, mishap.mishap.headers ?? {}).end(mishap.mishap.body ?? '');
      return;
    }
    const identity = options.everybodyMay === true ? masters : identityOf(request, fake, options.everybodyMay);
    await route(fake, { request, response, body, watches, identity }).catch((error: unknown) =>
      refuse(response, error),
    );
  };

  const server: Server = createServer(
    {
      cert: own.certificate,
      key: own.key.reveal(),
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => void answer(request, response),
  );
  server.on('connection', (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    authority,
    admin,
    requests,
    connections: () => accepted,
    befall: (match, mishap, times = 1) => void mishaps.push({ match, mishap, times }),
    breakWatches: () => {
      for (const watch of watches) watch.socket?.destroy();
    },
    beginAnew({ certificate, key, trusted }) {
      server.setSecureContext({ cert: certificate, key: key.reveal(), ca: trusted });
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: string;
  readonly watches: Set<ServerResponse>;
  /** Undefined where the credentials are no good. */
  readonly identity: Identity | undefined;
}

async function route(fake: FakeKube, visit: Visit): Promise<void> {
  const { request, response, identity } = visit;
  const url = new URL(request.url ?? '/', 'https://server');
  const path = pathParts(url.pathname);
  if (identity === undefined) throw new KubeError(401, 'Unauthorized', 'Unauthorized');
  fake.authorize(identity, askedBy(request, url, path));
  if (!path) return plain(response, await fake.raw(url.pathname));
  const { apiVersion, namespace, plural, name, subresource } = path;
  if (plural === undefined) {
    const eviction = { name: 'pods/eviction', kind: 'Eviction', namespaced: true, group: 'policy', version: 'v1' };
    const resources = [...fake.resources(apiVersion), ...(apiVersion === 'v1' ? [eviction] : [])];
    if (resources.length === 0)
      throw new KubeError(404, 'NotFound', 'the server could not find the requested resource');
    return send(response, 200, { kind: 'APIResourceList', groupVersion: apiVersion, resources });
  }
  const kind = fake.kindOf(apiVersion, plural);
  if (kind === undefined) throw new KubeError(404, 'NotFound', 'the server could not find the requested resource');
  if (subresource === 'eviction') {
    await fake.evict(namespace ?? '', name ?? '');
    return send(response, 201, { kind: 'Status', status: 'Success' });
  }
  const placed = namespace === undefined ? {} : { namespace };
  if (name === undefined && request.method === 'GET') {
    const query = { apiVersion, kind, ...placed, ...selectorsOf(url) };
    if (url.searchParams.has('watch')) return watch(fake, query, url, visit);
    const items = (await fake.list(query)).map(({ apiVersion: _, kind: __, ...item }) => item);
    return send(response, 200, {
      kind: `${kind}List`,
      apiVersion,
      metadata: { resourceVersion: `${fake.version}` },
      items,
    });
  }
  await verb(fake, { apiVersion, kind, name: name ?? '', ...placed }, visit);
}

async function verb(fake: FakeKube, ref: ObjectRef, { request, response, body }: Visit): Promise<void> {
  const object = () => within(JSON.parse(body) as KubeObject, ref.namespace);
  switch (request.method) {
    case 'GET': {
      const found = await fake.get(ref);
      if (!found) throw new KubeError(404, 'NotFound', `${ref.kind} "${ref.name}" not found`);
      return send(response, 200, found);
    }
    case 'POST':
      if (request.url?.endsWith('?dryRun=All')) {
        await fake.tryToCreate(object());
        return send(response, 201, object());
      }
      return send(response, 201, await fake.create(object()));
    case 'PUT':
      return send(response, 200, await fake.update(object()));
    case 'PATCH': {
      const type = request.headers['content-type'] ?? '';
      if (type === 'application/apply-patch+yaml') return send(response, 200, await fake.apply(object()));
      return send(response, 200, await fake.patch(ref, patchTypes[type] ?? 'merge', JSON.parse(body)));
    }
    default: {
      const { preconditions } = (body === '' ? {} : JSON.parse(body)) as { readonly preconditions?: { uid: string } };
      if (!(await fake.delete(ref, preconditions)))
        throw new KubeError(404, 'NotFound', `${ref.kind} "${ref.name}" not found`);
      return send(response, 200, { kind: 'Status', status: 'Success' });
    }
  }
}

async function watch(fake: FakeKube, query: ListQuery, url: URL, { request, response, watches }: Visit): Promise<void> {
  const stop = new AbortController();
  request.socket.once('close', () => stop.abort());
  watches.add(response);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const since = Number(url.searchParams.get('resourceVersion'));
  try {
    for await (const event of fake.changesSince(since, query, stop.signal))
      response.write(`${JSON.stringify(event)}\n`);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    response.end(`${JSON.stringify({ type: 'ERROR', object: statusOf(error) })}\n`);
  } finally {
    watches.delete(response);
  }
}

/** The verb and the resource of a request, as an API server's RequestInfo has them. */
function askedBy(request: IncomingMessage, url: URL, path: ReturnType<typeof pathParts>): Asked {
  const verb = verbs[request.method ?? 'GET'] ?? 'get';
  if (path?.plural === undefined) return { verb, path: url.pathname };
  const { apiVersion, namespace, plural, name, subresource } = path;
  const isWatch = url.searchParams.has('watch');
  return {
    verb: verb === 'get' && name === undefined ? (isWatch ? 'watch' : 'list') : verb,
    group: groupOf(apiVersion),
    resource: plural,
    subresource,
    namespace,
    name,
    ...selectorsOf(url),
  };
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** As the API server authenticates: a certificate of its CA, else a bootstrap token, else nobody. */
function identityOf(
  request: IncomingMessage,
  fake: FakeKube,
  may: KubeServerOptions['everybodyMay'],
): Identity | undefined {
  const socket = request.socket as TLSSocket;
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (may === 'with a certificate') return certificate && masters;
  if (certificate) return certificateIdentity(certificate.toString());
  const token = request.headers.authorization?.replace(/^Bearer /, '');
  return token === undefined ? anonymous : fake.identityOf(token);
}

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/strategic-merge-patch+json': 'strategic',
  'application/merge-patch+json': 'merge',
  'application/json-patch+json': 'json',
};

function pathParts(path: string) {
  const found = /^\/(?:api\/(v\d\w*)|apis\/([^/]+\/v\d\w*))(?:\/(.*))?$/.exec(path);
  if (!found) return undefined;
  const apiVersion = found[1] ?? found[2] ?? '';
  const rest = (found[3] ?? '').split('/').filter(Boolean).map(decodeURIComponent);
  const isWithin = rest[0] === 'namespaces' && rest.length > 2;
  const namespace = isWithin ? rest[1] : undefined;
  const [plural, name, subresource] = isWithin ? rest.slice(2) : rest;
  return { apiVersion, namespace, plural, name, subresource };
}

function within(object: KubeObject, namespace: string | undefined): KubeObject {
  const isNamespaced = knownResource(object.apiVersion, object.kind)?.namespaced ?? namespace !== undefined;
  return isNamespaced && namespace !== undefined ? { ...object, metadata: { ...object.metadata, namespace } } : object;
}

function selectorsOf(url: URL) {
  const pick = (name: 'labelSelector' | 'fieldSelector') => {
    const value = url.searchParams.get(name);
    return value === null ? {} : { [name]: value };
  };
  return { ...pick('labelSelector'), ...pick('fieldSelector') };
}

function whoAsks(request: IncomingMessage): string {
  const token = request.headers.authorization?.replace(/^Bearer /, '');
  if (token !== undefined) return `token:${token}`;
  const socket = request.socket as TLSSocket;
  const name = socket.authorized ? socket.getPeerCertificate().subject?.CN : undefined;
  return typeof name === 'string' ? name : 'anonymous';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function refuse(response: ServerResponse, error: unknown): void {
  const known = error instanceof KubeError ? error : new KubeError(500, 'InternalError', String(error));
  send(response, known.status, statusOf(known));
}

function statusOf({ status, reason, message }: KubeError) {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code: status };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function plain(response: ServerResponse, { status, body }: { status: number; body: string }): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
}
