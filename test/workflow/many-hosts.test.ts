import { describe, expect, test } from 'vitest';
import { KinitError } from '../../src/errors.ts';
import type { Host } from '../../src/host/host.ts';
import { KubeError } from '../../src/kube/error.ts';
import { silentReporter } from '../../src/report/reporter.ts';
import { runToken } from '../../src/workflows/cluster/join-token.ts';
import { inParallel, onEveryHost } from '../../src/workflows/cluster/many-hosts.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';

/** A promise and what settles it. */
function later<Value>() {
  let settle: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}

describe('work on many hosts', () => {
  test('starts on each as soon as it is there; one that is being dialled holds up nobody and takes no place', async () => {
    const [hanging, done] = [later<Host | KinitError>(), later<void>()];
    const worked: string[] = [];
    const all = onEveryHost(
      [hanging.promise, new FakeHost({ name: 'w1' }), Promise.resolve(new FakeHost({ name: 'w2' }))],
      { parallel: 1, reporter: silentReporter },
      async ({ name }) => {
        worked.push(name);
        if (worked.length === 2) done.settle();
        return 'ok';
      },
    );
    await done.promise;
    expect(worked).toEqual(['w1', 'w2']);
    hanging.settle(new KinitError('no answer', { host: 'w0' }));
    expect((await all).map(({ host, result }) => `${host} ${result}`)).toEqual(['w0 failed', 'w1 done', 'w2 done']);
  });

  test('keeps the order of what it is given, at most so many at a time', async () => {
    let [now, most] = [0, 0];
    const results = await inParallel([3, Promise.resolve(2), 1], 2, async (item) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return item * 10;
    });
    expect([results, most]).toEqual([[30, 20, 10], 2]);
  });
});

describe('the token of a run', () => {
  test('is asked for once by many, and a failure that passes is not the failure of who comes later', async () => {
    const kube = new FakeKube();
    kube.failNext(/create Secret/, new Error('connection reset'));
    const token = runToken(async () => kube, 0);
    const first = await Promise.allSettled([token.get(), token.get()]);
    expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await token.get()).reveal()).toBe((await token.get()).reveal());
    expect(kube.calls.filter((call) => call.startsWith('create'))).toHaveLength(2);
    expect(await token.revoke()).toBe(true);
    expect(kube.objects('Secret')).toEqual([]);
  });

  test('is usable where it was made and only the answer got lost', async () => {
    const kube = new FakeKube();
    const create = kube.create.bind(kube);
    let isLost = true;
    kube.create = async (object) => {
      const made = await create(object);
      if (!isLost) return made;
      isLost = false;
      throw new Error('connection reset');
    };
    const token = runToken(async () => kube, 0);
    await expect(token.get()).rejects.toThrow('connection reset');
    await token.get();
    expect(kube.objects('Secret')).toHaveLength(1);
  });

  test("is not taken for this run's where it was there before", async () => {
    const kube = new FakeKube();
    kube.failNext(/create Secret/, new KubeError(409, 'AlreadyExists', 'already exists'));
    await expect(runToken(async () => kube, 0).get()).rejects.toThrow('already exists');
  });
});
