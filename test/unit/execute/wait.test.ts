import { createServer as httpServer } from 'node:http';
import { createServer as httpsServer } from 'node:https';
import { duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { WaitChange } from '../../../src/execute/change.ts';
import type { Condition } from '../../../src/execute/condition.ts';
import type { Target } from '../../../src/execute/target.ts';
import { waitFor } from '../../../src/execute/wait.ts';
import type { ConnectTarget } from '../../../src/host/host.ts';
import { testAuthority, testCertificate } from '../../certificates.ts';
import { FakeHost } from '../../fakes/host.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { target } from './target.ts';

const until = (condition: Condition, deadline = 60): WaitChange => ({
  kind: 'wait',
  until: condition,
  deadline,
  advice: 'look there',
});
const waited = (wait: WaitChange, more: Partial<Target> = {}) => waitFor(wait, target(more));
const node = (status: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'w1' },
  status: { conditions: [{ type: 'Ready', status }] },
});
const ref = { apiVersion: 'v1', kind: 'Node', name: 'w1' };

describe('waiting', () => {
  it.each(['http', 'https'] as const)(
    'for a health endpoint as the host sees it, over %s, whoever signed it',
    async (scheme) => {
      const { certificate, key } = await testCertificate(await testAuthority(), 'kube-scheduler');
      const asked: (ConnectTarget | string)[] = [];
      const answers = [503, 200];
      const listener: Parameters<typeof httpServer>[1] = (request, response) => {
        asked.push(request.url ?? '');
        response.statusCode = answers.shift() ?? 500;
        response.end();
      };
      const server =
        scheme === 'http' ? httpServer(listener) : httpsServer({ cert: certificate, key: key.reveal() }, listener);
      const connect = async (to: ConnectTarget) => {
        asked.push(to);
        if (asked.length === 1) throw new Error('connect ECONNREFUSED');
        const [near, far] = duplexPair();
        server.emit('connection', far);
        return near;
      };
      const url = `${scheme}://127.0.0.1:10259/livez`;
      await waited(until({ on: 'http', what: 'a healthy scheduler', url }), { host: new FakeHost({ connect }) });
      const there = { host: '127.0.0.1', port: 10259 };
      expect(asked).toEqual([there, there, '/livez', there, '/livez']);
    },
  );

  it('for the API server, through refusals and errors', async () => {
    const kube = new FakeKube();
    kube.paths.delete('/livez');
    let asked = 0;
    const connect = async () => {
      asked += 1;
      if (asked === 1) throw new Error('connect ECONNREFUSED');
      if (asked === 3) kube.paths.set('/livez', 'ok');
      return kube;
    };
    await waited(until({ on: 'api', what: 'a healthy kube-apiserver', path: '/livez' }), { kube: connect });
    expect(asked).toBe(3);
  });

  const mirror = (hash: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'kube-apiserver-m1',
      namespace: 'kube-system',
      annotations: { 'kubernetes.io/config.hash': hash },
    },
    spec: { containers: [{ name: 'kube-apiserver', image: 'new', command: [] }] },
    status: { phase: 'Running' },
  });
  const upgraded = (serves: { url: string; version: string }, deadline?: number) =>
    until(
      { on: 'static-pod', what: 'it', pod: 'kube-apiserver-m1', before: 'old', image: 'new', command: [], serves },
      deadline,
    );
  const told = (version: string) => ({ '/version': [200, JSON.stringify({ gitVersion: version })] as const });
  type Answers = Readonly<Record<string, readonly [status: number, body: string]>>;

  /** An API server that gives these answers, one set after the other and the last for ever. */
  function answering(...sets: readonly [Answers, ...Answers[]]) {
    let asked = 0;
    const server = httpServer((request, response) => {
      if (request.url === '/version') asked += 1;
      const [status, body] = sets[Math.min(asked, sets.length) - 1]?.[request.url ?? ''] ?? [404, ''];
      response.statusCode = status;
      response.end(body);
    });
    const connect = async () => {
      const [near, far] = duplexPair();
      server.emit('connection', far);
      return near;
    };
    return { host: new FakeHost({ connect, commands: { sh: {} } }), asked: () => asked };
  }
  const serves = { url: 'http://192.0.2.10:6443', version: 'v1.21.9' };

  it('for an API server until it says itself that it is the new one and ready, though its mirror is the old one', async () => {
    const ready = { '/readyz': [200, 'ok'] } as const;
    const { host, asked } = answering(
      { ...told('v1.20.2'), ...ready },
      { ...told('v1.21.9'), '/readyz': [500, 'not yet'] },
      { ...told('v1.21.9'), ...ready },
    );
    const kube = new FakeKube(mirror('old'));
    await waited(upgraded(serves), { host, kube: async () => kube });
    expect(asked()).toBe(3);
  });

  it('for its mirror where it tells nothing to whom it does not know', async () => {
    const { host } = answering({ '/version': [401, 'Unauthorized'] });
    const kube = new FakeKube(mirror('old'));
    const work = waited(upgraded(serves), { host, kube: async () => kube });
    await kube.update(mirror('new'));
    await work;
  });

  it('and not for ever for one that stays what it was', async () => {
    const { host } = answering({ ...told('v1.20.2'), '/readyz': [200, 'ok'] });
    const kube = new FakeKube(mirror('old'));
    await expect(waited(upgraded(serves, 0.4), { host, kube: async () => kube })).rejects.toThrow(
      'timed out after 0.4s',
    );
  });

  it('for an object, and for a node that is Ready', async () => {
    const kube = new FakeKube();
    const work = waited(until({ on: 'object', what: 'node w1', ref, ready: 'node-ready' }), { kube: async () => kube });
    await kube.create(node('False'));
    await waited(until({ on: 'object', what: 'node w1', ref }), { kube: async () => kube });
    await kube.update(node('True'));
    await work;
    expect(kube.calls.filter((call) => call === 'get Node w1').length).toBeGreaterThan(1);
  });

  it('tells what it waits for and how long', async () => {
    const told: unknown[] = [];
    const reporter = { report: (event: unknown) => void told.push(event), end: () => {} };
    const host = new FakeHost({ name: 'w1' });
    const kube = new FakeKube(node('False'));
    await waited(until({ on: 'object', what: 'node w1', ref }, 90), { host, reporter, kube: async () => kube });
    expect(told).toEqual([{ type: 'waiting', host: 'w1', what: 'node w1', deadline: 90 }]);
  });

  it('ends at its deadline with the advice, the host’s last words and the likely cause', async () => {
    const words = 'E1121 kubelet.go] running with swap on is not supported\n\u0001';
    const host = new FakeHost({ name: 'w1', commands: { sh: { stdout: words } } });
    const wait = until({ on: 'object', what: 'node w1 to register', ref }, 0.2);
    await expect(waited(wait, { host })).rejects.toMatchObject({
      host: 'w1',
      hint: 'look there',
      exitCode: 1,
      message: expect.stringMatching(
        /^timed out after 0\.2s waiting for node w1 to register\nlikely cause: swap is on.*\n {2}E1121/,
      ),
    });
  });

  it('says of a node that is not Ready which image keeps it, while it waits and at the end', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'flannel-x', namespace: 'kube-system' },
      spec: { nodeName: 'w1' },
      status: {
        initContainerStatuses: [
          { name: 'install', image: 'docker.io/flannel:v1', state: { waiting: { reason: 'ImagePullBackOff' } } },
        ],
      },
    };
    const told: unknown[] = [];
    const reporter = { report: (event: unknown) => void told.push(event), end: () => {} };
    const kube = new FakeKube(node('False'), pod);
    const wait = until({ on: 'object', what: 'node w1', ref, ready: 'node-ready' }, 4);
    const why = 'ImagePullBackOff docker.io/flannel:v1 (pod flannel-x)';
    await expect(waited(wait, { reporter, kube: async () => kube })).rejects.toThrow(
      `timed out after 4s waiting for node w1\n${why}\nlikely cause: an image cannot be pulled`,
    );
    expect(told).toEqual(['node w1', `node w1: ${why}`].map((what) => expect.objectContaining({ what })));
  });

  it('ends at once at Ctrl-C: exit 130', async () => {
    const interrupt = new AbortController();
    const work = waited(until({ on: 'object', what: 'node w1', ref }), { signal: interrupt.signal });
    interrupt.abort();
    await expect(work).rejects.toMatchObject({ exitCode: 130 });
  });
});
