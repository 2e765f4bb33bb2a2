import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../src/errors.ts';
import { type EtcdClient, etcdClient } from '../../src/etcd/gateway.ts';
import { etcdVersions } from '../../src/etcd/version.ts';
import { testAuthority, testCertificate } from '../certificates.ts';
import { FakeEtcd } from '../fakes/etcd.ts';
import { type EtcdUnderTest, etcdContract } from './etcd.contract.ts';
import { etcdBinary, freePort, type RealEtcd, realEtcd } from './real-etcd.ts';

etcdContract('the fake', fakeEtcd);

async function fakeEtcd(): Promise<EtcdUnderTest> {
  const authority = await testAuthority('etcd-ca');
  const client = await testCertificate(authority, 'kube-etcd-healthcheck-client');
  const [first, second, third] = ['192.0.2.10', '192.0.2.11', '192.0.2.12'].map((address, index) => ({
    name: `cp${index + 1}`,
    peerURL: `https://${address}:2380`,
    clientURL: `https://${address}:2379`,
  })) as [RealEtcd['first'], RealEtcd['first'], RealEtcd['first']];
  const etcd = new FakeEtcd(authority, first);
  return {
    first,
    second,
    third,
    open: ({ clientURL }, change = {}) =>
      etcdClient({
        servers: [clientURL],
        ca: authority.certificate,
        client,
        dial: ({ host, port }) => etcd.connect(`https://${host}:${port}`),
        retryForMs: 0,
        ...change,
      }),
    start: (member, cluster, how) => {
      if (how === 'forceNewCluster') etcd.forceNewCluster(member);
      else etcd.start(member, cluster);
    },
    stop: async ({ clientURL }) => etcd.stop(clientURL),
    close: async () => {},
  };
}

const binary = etcdBinary ?? '';

describe.skipIf(etcdBinary === undefined)(`a real etcd (${etcdBinary ?? 'not installed here'})`, () => {
  etcdContract('the real one', () => realEtcd(binary));

  let etcd: RealEtcd;
  beforeAll(async () => {
    etcd = await realEtcd(binary);
    await using(etcd.open(etcd.first), (client) => until(async () => (await client.healthy()).size === 1));
  });
  afterAll(() => etcd?.close());

  it('is reached through a stream that somebody else opens', async () => {
    let dialled = 0;
    const dial = async ({ host, port }: { host: string; port: number }) => {
      dialled++;
      return connect({ host, port });
    };
    await using(etcd.open(etcd.first, { dial }), async (client) => {
      await client.members();
      await client.members();
    });
    expect(dialled).toBe(1);
  });

  it('tells its version to who shows a certificate of its CA, and to nobody else', async () => {
    const dial = async (target: { host: string; port: number }) => connect(target);
    const ask = async (change: object) => {
      const [answer] = await etcdVersions({ servers: [etcd.first.clientURL], dial, retryForMs: 0, ...change });
      return answer;
    };
    const { client } = etcd;
    const ca = etcd.authority.certificate;
    expect(await ask({ ca, client })).toMatchObject({ version: expect.stringMatching(/^3\.\d+\.\d+/) });
    expect(await ask({ ca })).toMatchObject({ error: expect.any(String) });
    const other = (await testAuthority('other-ca')).certificate;
    expect(await ask({ ca: other, client })).toMatchObject({
      error: expect.stringContaining('the expected CA has not signed'),
    });
  });

  it('is asked at the first of its servers that answers', async () => {
    const { first } = etcd;
    const dead = `https://127.0.0.1:${await freePort()}`;
    await using(etcd.open(first, { servers: [dead, first.clientURL] }), async (client) => {
      expect(await client.members()).toHaveLength(1);
      expect(await client.healthy()).toEqual(new Set([first.clientURL]));
    });
  });

  it('is not trusted when another CA signed it: exit 6', async () => {
    const other = (await testAuthority('etcd-ca')).certificate;
    await using(etcd.open(etcd.first, { ca: other }), async (client) => {
      await expect(client.members()).rejects.toMatchObject({ exitCode: exitCodes.trustRefused });
    });
  });

  it('lets nobody in whose certificate is of another CA', async () => {
    const stranger = await testCertificate(await testAuthority('etcd-ca'), 'stranger');
    await using(etcd.open(etcd.first, { client: stranger }), async (client) => {
      await expect(client.members()).rejects.toMatchObject({ exitCode: exitCodes.phaseFailed });
      expect(await client.healthy()).toEqual(new Set());
    });
  });

  it('is said to refuse connections where there is none', async () => {
    const nowhere = { ...etcd.first, clientURL: `https://127.0.0.1:${await freePort()}` };
    await using(etcd.open(nowhere), async (client) => {
      await expect(client.members()).rejects.toThrow(`${nowhere.clientURL} refuses connections`);
    });
  });
});

async function using<T>(etcd: EtcdClient, act: (etcd: EtcdClient) => Promise<T>): Promise<T> {
  try {
    return await act(etcd);
  } finally {
    etcd.close();
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 50_000; !(await holds()); await sleep(50)) {
    if (Date.now() > deadline) throw new Error('it never came true');
  }
}
