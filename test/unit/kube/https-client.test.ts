import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodes, KinitError } from '../../../src/errors.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { httpsKubeClient, type KubeClientSettings } from '../../../src/kube/https-client.ts';
import { Secret } from '../../../src/secret.ts';
import { testAuthority } from '../../certificates.ts';
import { watching } from '../../contract/kube.contract.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { type KubeServer, kubeServer } from '../../fakes/kube-server.ts';

const query = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' } as const;
const ref = { ...query, name: 'settings' };
const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' } };

let fake: FakeKube;
let server: KubeServer;
let client: KubeClient;

const open = (change: Partial<KubeClientSettings> = {}) =>
  httpsKubeClient({ server: server.url, ca: server.authority.certificate, credentials: server.admin, ...change });

beforeEach(async () => {
  fake = new FakeKube();
  server = await kubeServer(fake, { everybodyMay: true });
  client = open();
});

afterEach(async () => {
  client.close();
  await server.close();
});

describe('who asks', () => {
  it.each([
    ['a client certificate', () => ({}), 'kubernetes-admin'],
    [
      'a token',
      () => ({ credentials: { token: new Secret('abcdef.0123456789abcdef') } }),
      'token:abcdef.0123456789abcdef',
    ],
  ])('is told by %s', async (_, change, who) => {
    client.close();
    client = open(change());
    await client.get(ref);
    expect(server.requests).toMatchObject([{ who, agent: 'kinit' }]);
  });

  it('is nobody where no credentials are given', async () => {
    client.close();
    client = httpsKubeClient({ server: server.url, ca: server.authority.certificate });
    await client.get(ref);
    expect(server.requests).toMatchObject([{ who: 'anonymous' }]);
  });

  it('never stands in an error', async () => {
    client.close();
    client = open({ credentials: { token: new Secret('abcdef.0123456789abcdef') } });
    server.befall(/settings/, { status: 401 });
    const error = await client.get(ref).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 401, hint: expect.stringContaining('does not know these credentials') });
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain('0123456789abcdef');
  });

  it('keeps a refused Secret’s content out of the error', async () => {
    const details = { causes: [{ field: 'data[word]', reason: 'FieldValueInvalid' }] };
    const body = JSON.stringify({ kind: 'Status', reason: 'Invalid', message: 'Invalid value: "sesame"', details });
    server.befall(/secrets/, { status: 422, body });
    const error = await client.create({ ...object, kind: 'Secret' }).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('data[word] FieldValueInvalid');
    expect(String(error)).not.toContain('sesame');
  });
});

describe('who answers', () => {
  it('has to be signed by the given CA: exit 6 otherwise', async () => {
    client.close();
    client = open({ ca: (await testAuthority()).certificate });
    await expect(client.get(ref)).rejects.toMatchObject({ exitCode: exitCodes.trustRefused });
    expect(server.requests).toEqual([]);
  });

  it.each(['https://other.example:6443', 'https://10.9.8.7:6443', 'https://[fd00::7]:6443'])(
    'has to have a certificate for %s: exit 6 otherwise',
    async (url) => {
      client.close();
      client = open({ server: url, dial: async () => connect({ host: '127.0.0.1', port: server.port }) });
      await expect(client.get(ref)).rejects.toMatchObject({
        exitCode: exitCodes.trustRefused,
        message: `${url} shows a certificate that is not made out for this name or address`,
      });
    },
  );

  it.each(['api.example', '10.9.8.7', 'fd00::7'])(
    'is known by a certificate for %s, however it is reached',
    async (name) => {
      await server.close();
      server = await kubeServer(fake, { names: [name], everybodyMay: true });
      client.close();
      const host = name.includes(':') ? `[${name}]` : name;
      client = open({
        server: `https://${host}:6443`,
        dial: async () => connect({ host: '127.0.0.1', port: server.port }),
      });
      expect(await client.get(ref)).toBeUndefined();
    },
  );

  it('may be expected under another name than it is reached by', async () => {
    await server.close();
    server = await kubeServer(fake, { names: ['kubernetes'], everybodyMay: true });
    client.close();
    client = open({ serverName: 'kubernetes' });
    expect(await client.get(ref)).toBeUndefined();
  });
});

describe('connections', () => {
  it('are kept: many requests share one', async () => {
    for (let request = 0; request < 20; request++) await client.get(ref);
    expect(server.connections()).toBe(1);
  });

  it('are kept over dialled streams too', async () => {
    let dialled = 0;
    client.close();
    client = open({
      dial: async () => {
        dialled++;
        return connect({ host: '127.0.0.1', port: server.port });
      },
    });
    for (let request = 0; request < 20; request++) await client.get(ref);
    expect(dialled).toBe(1);
  });

  it('are few, however many requests run at once', async () => {
    await Promise.all(Array.from({ length: 100 }, () => client.get(ref)));
    expect(server.connections()).toBeLessThanOrEqual(8);
  });

  it('that the server closed meanwhile are not taken for a failure, not even by a plain question', async () => {
    client.close();
    client = open({ retryForMs: 0 });
    await client.get(ref);
    server.befall(/livez/, 'reset');
    expect(await client.raw('/livez')).toEqual({ status: 200, body: 'ok' });
    expect(server.connections()).toBe(2);
  });

  it('that have ended below TLS, as streams through SSH do when a server begins anew, are not used again', async () => {
    const streams: Duplex[] = [];
    client.close();
    client = open({
      retryForMs: 0,
      timeoutMs: 10_000,
      dial: async (target) => {
        const stream = await halfOpen({ ...target, port: server.port });
        streams.push(stream);
        return stream;
      },
    });
    await client.get(ref);
    const [first] = streams as [Duplex];
    const ended = once(first, 'end');
    first.push(null);
    await ended;
    expect(await client.get(ref)).toBeUndefined();
    expect(streams.length).toBe(2);
    expect(first.destroyed).toBe(true);
  });
});

/** A stream that stays open on our side when the other one has ended: a channel of SSH (RFC 4254, 5.3). */
async function halfOpen(target: { readonly host: string; readonly port: number }): Promise<Duplex> {
  const socket = connect(target);
  await once(socket, 'connect');
  const stream = new Duplex({
    allowHalfOpen: true,
    read: () => void socket.resume(),
    write: (chunk, _, written) => void socket.write(chunk, () => written()),
    final: (done) => void socket.end(() => done()),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => stream.push(chunk)).on('error', () => undefined);
  return stream;
}

describe('failures that pass', () => {
  it.each([
    ['a broken connection', 'reset'],
    ['500 while the server starts', { status: 500 }],
    ['503', { status: 503 }],
    ['429 with a time to wait', { status: 429, headers: { 'retry-after': '0' } }],
  ] as const)('are waited out: %s', async (_, mishap) => {
    server.befall(/settings/, mishap, 3);
    await client.get(ref);
    expect(await client.get(ref)).toBeUndefined();
  });

  it.each([403, 500])(
    'are waited out: 403 while the server is not ready, which %i of /readyz says',
    async (notReady) => {
      server.befall(/settings/, { status: 403 }, 3);
      server.befall(/readyz/, { status: notReady }, 3);
      await client.get(ref);
      expect(await client.get(ref)).toBeUndefined();
      expect(server.requests.filter(({ line }) => line.includes('/readyz'))).toHaveLength(3);
    },
  );

  it('are not: 403 of a server that is ready', async () => {
    server.befall(/settings/, { status: 403 }, 100);
    await expect(client.get(ref)).rejects.toMatchObject({ status: 403 });
    expect(server.requests.filter(({ line }) => line.includes('/readyz'))).toHaveLength(1);
  });

  it('are waited out when nothing listens yet', async () => {
    const { port, authority } = server;
    await server.close();
    client.close();
    client = open();
    const answer = client.get(ref);
    server = await kubeServer(fake, { authority, port, everybodyMay: true });
    expect(await answer).toBeUndefined();
  });

  it('are told as the last of them when the time is over', async () => {
    client.close();
    client = open({ retryForMs: 0 });
    server.befall(/settings/, { status: 503, body: 'etcd is not ready' });
    await expect(client.get(ref)).rejects.toMatchObject({
      status: 503,
      message: 'get ConfigMap default/settings: etcd is not ready',
    });
  });

  it('are said to be silence where nothing comes back', async () => {
    client.close();
    client = open({ retryForMs: 0, timeoutMs: 50 });
    server.befall(/settings/, 'silence');
    await expect(client.get(ref)).rejects.toThrow(`${server.url} does not answer in time`);
  });

  it('are said to be silence where the way to the server hangs', async () => {
    client.close();
    client = open({ retryForMs: 0, timeoutMs: 50, dial: () => new Promise(() => undefined) });
    await expect(client.get(ref)).rejects.toThrow(`${server.url} does not answer in time`);
  });

  it('keep the words of the one who could not open the way', async () => {
    client.close();
    const dial = async () => Promise.reject(new KinitError('the host forbids forwarding', { host: 'root@10.0.0.11' }));
    client = open({ retryForMs: 0, dial });
    await expect(client.get(ref)).rejects.toMatchObject({
      message: 'the host forbids forwarding',
      host: 'root@10.0.0.11',
    });
  });

  it('are over at once when the run is interrupted', async () => {
    const stop = new AbortController();
    client.close();
    client = open({ signal: stop.signal });
    server.befall(/settings/, 'silence');
    const answer = client.get(ref);
    stop.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('eviction', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default' } };

  it('removes a pod', async () => {
    await fake.create(pod);
    await client.evict('default', 'web');
    expect(fake.objects('Pod')).toEqual([]);
  });

  it('tells at once that a disruption budget forbids it: 429', async () => {
    await fake.create(pod);
    fake.unevictable.add('default/web');
    await expect(client.evict('default', 'web')).rejects.toMatchObject({ status: 429 });
    expect(server.requests.filter(({ line }) => line.includes('eviction'))).toHaveLength(1);
  });
});

describe('a watch', () => {
  const named = (name: string) => ({ ...object, metadata: { ...object.metadata, name } });

  async function watched(act: (until: (count: number) => Promise<void>, seen: readonly string[]) => Promise<void>) {
    const stop = new AbortController();
    const seen: string[] = [];
    const told = watching(client.watch(query, stop.signal), (event) => {
      seen.push(`${event.type} ${event.object.metadata.name}`);
    });
    await act((count) => told.until(() => seen.length >= count), seen);
    stop.abort();
    await told.ended;
    return seen;
  }

  it('goes on after a broken connection, telling nothing twice and missing nothing', async () => {
    await fake.create(named('one'));
    const seen = await watched(async (until) => {
      await until(1);
      server.breakWatches();
      await fake.create(named('two'));
      await until(2);
    });
    expect(seen).toEqual(['ADDED one', 'ADDED two']);
  });

  it('tells the differences where the server has forgotten what came between', async () => {
    await fake.create(named('stays'));
    await fake.create(named('goes'));
    const seen = await watched(async (until) => {
      await until(2);
      server.befall(/watch=1/, 'reset', 1);
      server.breakWatches();
      await fake.delete({ ...ref, name: 'goes' });
      await fake.create(named('comes'));
      fake.forgetHistory();
      await until(4);
    });
    expect(seen.slice(0, 2)).toEqual(['ADDED stays', 'ADDED goes']);
    expect(seen.slice(2).sort()).toEqual(['ADDED comes', 'DELETED goes']);
  });

  it('asks a server that ends each at once in pauses', async () => {
    server.befall(/watch=1/, { status: 200 }, 1_000_000);
    const { ended } = watching(client.watch(query, AbortSignal.timeout(500)), () => undefined);
    await ended;
    const asked = server.requests.filter(({ line }) => line.includes('watch=1')).length;
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(20);
  });

  it('is cut off where it tells more than any cluster has to tell', async () => {
    const bookmark = {
      type: 'BOOKMARK',
      object: { metadata: { resourceVersion: '1', annotations: { a: 'x'.repeat(1024 * 1024) } } },
    };
    server.befall(/watch=1/, { status: 200, body: `${JSON.stringify(bookmark)}\n`.repeat(257) });
    const { ended } = watching(client.watch(query, new AbortController().signal), () => undefined);
    await expect(ended).rejects.toMatchObject({ message: expect.stringContaining('more than it can have to say') });
  });

  it('ends with the reason where it is not allowed', async () => {
    server.befall(/watch=1/, { status: 403 });
    const { ended } = watching(client.watch(query, new AbortController().signal), () => undefined);
    await expect(ended).rejects.toMatchObject({ status: 403 });
  });

  it('ends with the reason where the server is gone for longer than the client’s patience', async () => {
    client.close();
    client = open({ retryForMs: 50 });
    const { ended } = watching(client.watch(query, new AbortController().signal), () => undefined);
    const over = expect(ended).rejects.toBeInstanceOf(KinitError);
    await server.close();
    await over;
  });
});

describe('closing', () => {
  const closedWords = expect.stringContaining('the connection was closed before the answer came');

  it('ends a request whose stream is still being opened, and dials no other for those that wait', async () => {
    client.close();
    let dialled = 0;
    let arrive = (_: Socket) => {};
    const dial = () => {
      dialled++;
      return new Promise<Socket>((resolve) => {
        arrive = resolve;
      });
    };
    client = open({ dial });
    const answers = Array.from({ length: 20 }, () => client.get(ref));
    const refused = Promise.all(
      answers.map((answer) => expect(answer).rejects.toMatchObject({ message: closedWords, exitCode: 1 })),
    );
    await expect.poll(() => dialled).toBeGreaterThan(0);
    const before = dialled;
    client.close();
    await refused;
    const late = connect({ host: '127.0.0.1', port: server.port });
    const ended = once(late, 'close');
    arrive(late);
    await ended;
    expect(dialled).toBe(before);
    expect(server.requests).toEqual([]);
  });

  it('ends a request that waits for its answer, and the pause before another try', async () => {
    server.befall(/silent/, 'silence');
    server.befall(/paused/, { status: 429, headers: { 'retry-after': '20' } });
    const answers = ['silent', 'paused'].map((name) => client.get({ ...ref, name }));
    const refused = Promise.all(
      answers.map((answer) => expect(answer).rejects.toMatchObject({ message: closedWords })),
    );
    await expect.poll(() => server.requests.length).toBe(2);
    client.close();
    await refused;
  });

  it('ends a watch', async () => {
    const told = watching(client.watch(query, new AbortController().signal), () => {});
    const ended = expect(told.ended).rejects.toMatchObject({ message: closedWords });
    await expect.poll(() => server.requests.some(({ line }) => line.includes('watch=1'))).toBe(true);
    client.close();
    await ended;
  });

  it('is final: whatever is asked afterwards is refused, and nothing is dialled', async () => {
    client.close();
    const [before] = [server.connections()];
    await expect(client.get(ref)).rejects.toMatchObject({ message: closedWords });
    await expect(client.raw('/livez')).rejects.toMatchObject({ message: closedWords });
    await expect(
      client.watch(query, new AbortController().signal)[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({
      message: closedWords,
    });
    expect(server.connections()).toBe(before);
  });
});
