import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdError, grpcCodes } from '../../src/etcd/error.ts';
import type { EtcdClient, EtcdSettings } from '../../src/etcd/gateway.ts';
import { hasStarted, initialCluster, memberAt } from '../../src/etcd/members.ts';
import type { EtcdFlags } from '../fakes/etcd.ts';

/** An etcd of one member that runs, and room for others. */
export interface EtcdUnderTest {
  readonly first: EtcdFlags;
  readonly second: EtcdFlags;
  readonly third: EtcdFlags;
  /** A client of a member, or of other servers; it does not ask twice. */
  open(member: EtcdFlags, change?: Pick<Partial<EtcdSettings>, 'servers'>): EtcdClient;
  /** The process of a member that was announced; with `forceNewCluster` of one that has data, as a cluster of its own. */
  start(member: EtcdFlags, cluster: string, how?: 'forceNewCluster'): void;
  /** The process ends, as with its host. */
  stop(member: EtcdFlags): Promise<void>;
  close(): Promise<void>;
}

/** What kinit relies on in etcd. The steps build on each other, as a cluster's life does. */
export function etcdContract(what: string, make: () => Promise<EtcdUnderTest>): void {
  describe(`${what}, as an etcd`, () => {
    let etcd: EtcdUnderTest;
    let own: EtcdClient;
    let learner = '';
    const opened: EtcdClient[] = [];
    const open: EtcdUnderTest['open'] = (member, change) => {
      const client = etcd.open(member, change);
      opened.push(client);
      return client;
    };

    beforeAll(async () => {
      etcd = await make();
      own = open(etcd.first);
      await until(async () => (await own.healthy()).size === 1);
    });
    afterAll(async () => {
      for (const client of opened) client.close();
      await etcd?.close();
    });

    it('tells of one member with its name and addresses, its version, that it leads and is well', async () => {
      const { name, peerURL, clientURL } = etcd.first;
      const [only, ...others] = await own.members();
      expect(others).toEqual([]);
      expect(only).toMatchObject({ name, peerURLs: [peerURL], clientURLs: [clientURL], isLearner: false });
      const status = await own.status();
      expect(status).toMatchObject({ memberId: only?.id, leaderId: only?.id, isLearner: false });
      expect(status.version).toMatch(/^3\.\d+\.\d+/);
      expect(status.databaseBytes).toBeGreaterThan(0);
      expect(await own.healthy()).toEqual(new Set([clientURL]));
      expect(await own.alarms()).toEqual([]);
    });

    it('streams a snapshot: a database of bbolt, and at its end the SHA-256 of it', async () => {
      const pieces: Buffer[] = [];
      for await (const piece of own.snapshot()) pieces.push(piece);
      expect(pieces.length).toBeGreaterThan(1);
      const bytes = Buffer.concat(pieces);
      const [database, digest] = [bytes.subarray(0, -32), bytes.subarray(-32)];
      expect(database.length % 512).toBe(0);
      expect(database.readUInt32LE(16)).toBe(0xed0cdaed);
      expect(createHash('sha256').update(database).digest('hex')).toBe(digest.toString('hex'));
      const { revision, usedBytes, databaseBytes, appliedIndex } = await own.status();
      expect(revision).toBeGreaterThan(0);
      expect(usedBytes).toBeLessThanOrEqual(databaseBytes);
      expect(appliedIndex).toBeGreaterThan(0);
    });

    it('streams another snapshot to who did not take the first one to its end', async () => {
      for await (const piece of own.snapshot()) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
      expect((await own.snapshot().next()).done).toBe(false);
    });

    it('gives free pages back when it is defragmented, and goes on', async () => {
      await own.defragment();
      const { usedBytes, databaseBytes } = await own.status();
      expect(usedBytes).toBeLessThanOrEqual(databaseBytes);
      expect((await own.healthy()).size).toBe(1);
    });

    it('takes back an alarm that nobody raises', async () => {
      const { memberId } = await own.status();
      await own.disarm({ memberId, alarm: 'NOSPACE' });
      expect(await own.alarms()).toEqual([]);
    });

    it('takes a learner, which has no name before it starts and no vote, and takes nobody twice', async () => {
      const { member, members } = await own.add(etcd.second.peerURL, 'learner');
      learner = member.id;
      expect(member).toMatchObject({ name: '', peerURLs: [etcd.second.peerURL], clientURLs: [], isLearner: true });
      expect(hasStarted(member)).toBe(false);
      expect(members.map(({ id }) => id)).toContain(learner);
      expect(memberAt(await own.members(), etcd.second.peerURL)).toEqual(member);
      await expect(own.add(etcd.second.peerURL, 'learner')).rejects.toMatchObject({
        code: grpcCodes.failedPrecondition,
        message: expect.stringContaining('already exist'),
      });
    });

    it('has room for one learner', async () => {
      await expect(own.add(etcd.third.peerURL, 'learner')).rejects.toMatchObject({
        code: grpcCodes.failedPrecondition,
        message: expect.stringContaining('too many learner members'),
      });
    });

    it('gives it a vote when it has started and caught up, not before', async () => {
      expect(await own.promote(learner)).toBe(false);
      const peers = initialCluster(await own.members(), etcd.second);
      etcd.start(etcd.second, peers.map(({ name, peerURL }) => `${name}=${peerURL}`).join(','));
      const second = open(etcd.second);
      await until(async () => (await second.status()).isLearner === true);
      // A learner answers next to nothing: who is asked after it does.
      await expect(second.members()).rejects.toMatchObject({
        message: expect.stringMatching(/not supported for learner$/),
      });
      const both = open(etcd.second, { servers: [etcd.second.clientURL, etcd.first.clientURL] });
      expect((await both.members()).map(({ id }) => id)).toContain(learner);
      await until(() => both.promote(learner));
      expect(await own.promote(learner)).toBe(true);
      const { name, peerURL, clientURL } = etcd.second;
      await until(async () => memberAt(await own.members(), peerURL)?.clientURLs.length === 1);
      const voter = memberAt(await own.members(), peerURL);
      expect(voter).toMatchObject({ id: learner, name, clientURLs: [clientURL], isLearner: false });
      await until(async () => (await second.healthy()).size === 1);
      const { leaderId } = await own.status();
      expect(await second.status()).toMatchObject({ memberId: learner, leaderId, isLearner: false });
    });

    it('says of a member that it does not have that it does not have it', async () => {
      await expect(own.promote('1')).rejects.toMatchObject({ code: grpcCodes.notFound });
      expect(await own.remove('1')).toBe(false);
    });

    it('without a quorum still tells its members, and neither a leader nor alarms; and changes nothing', async () => {
      await etcd.stop(etcd.second);
      await until(async () => (await own.status()).leaderId === '0');
      expect((await own.snapshot().next()).value?.length).toBeGreaterThan(0);
      expect(await own.members()).toHaveLength(2);
      expect(await own.healthy()).toEqual(new Set());
      const unhealthy = { code: grpcCodes.unavailable, message: expect.stringContaining('unhealthy cluster') };
      await expect(own.add(etcd.third.peerURL, 'learner')).rejects.toMatchObject(unhealthy);
      // From 3.6 on it does not even say so.
      await expect(own.alarms()).rejects.toThrow(/context deadline exceeded|does not answer in time/);
      expect(await own.members()).toHaveLength(2);
    }, 60_000);

    it('goes on alone when it is made a new cluster of its own data', async () => {
      await etcd.stop(etcd.first);
      etcd.start(etcd.first, `${etcd.first.name}=${etcd.first.peerURL}`, 'forceNewCluster');
      await until(async () => (await own.healthy()).size === 1);
      const [only, ...others] = await own.members();
      expect([only?.name, others]).toEqual([etcd.first.name, []]);
      expect((await own.status()).leaderId).toBe(only?.id);
      expect(await own.alarms()).toEqual([]);
    });
  });
}

/** Until it holds; who does not answer may yet. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 50_000; ; await sleep(50)) {
    const isSo = await holds().catch((error: unknown) => {
      if (error instanceof EtcdError || Date.now() < deadline) return false;
      throw error;
    });
    if (isSo) return;
    if (Date.now() > deadline) throw new Error('it never came true');
  }
}
