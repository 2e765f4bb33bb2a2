import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { etcdVersions } from '../../../src/etcd/version.ts';

const dial = async (target: { host: string; port: number }) => {
  const socket = connect(target);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
};

describe('the version of an etcd without TLS', () => {
  const asked: (string | undefined)[] = [];
  const server = createServer(({ url }, answer) => {
    asked.push(url);
    answer.end(url === '/version' ? '{"etcdserver":"3.4.13","etcdcluster":"3.4.0"}' : '404 page not found');
  });
  let base: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  const ask = (...servers: readonly string[]) => etcdVersions({ servers, dial, retryForMs: 0 });

  it.each(['', '/'])('is asked for below its URL%s', async (end) => {
    expect(await ask(`${base}${end}`)).toEqual([{ endpoint: `${base}${end}`, version: '3.4.13' }]);
    expect(asked.at(-1)).toBe('/version');
  });

  it('is not what somebody else answers, whose words are told', async () => {
    expect(await ask(`${base}/elsewhere`)).toMatchObject([{ error: expect.stringContaining('404 page not found') }]);
  });

  it('is the reason where nobody answers, and the other servers tell theirs', async () => {
    const [dead, alive] = await ask('http://127.0.0.1:1', base);
    expect(dead).toMatchObject({
      endpoint: 'http://127.0.0.1:1',
      error: expect.stringContaining('http://127.0.0.1:1'),
    });
    expect(alive).toMatchObject({ version: '3.4.13' });
  });
});
