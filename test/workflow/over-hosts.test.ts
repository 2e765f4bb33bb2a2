import { describe, expect, test } from 'vitest';
import { exitCodes, KinitError } from '../../src/errors.ts';
import type { Host } from '../../src/host/host.ts';
import { inParallel } from '../../src/host/slots.ts';
import { KubeError } from '../../src/kube/error.ts';
import { type ReportEvent, type Reporter, silentReporter } from '../../src/report/reporter.ts';
import { type AtEnd, withEnd } from '../../src/workflows/at-end.ts';
import { runToken } from '../../src/workflows/cluster/join-token.ts';
import { exitCodeOf } from '../../src/workflows/host-outcome.ts';
import {
  type HostEnd,
  type HostStage,
  type Order,
  oneByOne,
  overHosts,
  type Place,
  together,
  withinBudget,
} from '../../src/workflows/over-hosts.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { quietRun } from '../run.ts';

/** A promise and what settles it. */
function later<Value>() {
  let settle: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}

const place = (name: string, opening: Place['opening'] = new FakeHost({ name })): Place => ({ name, opening });
const broken = (host: string) => new KinitError('the disk is full', { host, hint: 'make room' });
const dead = (host: string) => Promise.resolve(new KinitError('no answer', { host }));

interface Gone {
  /** In the order of the places: `w1 done`. */
  readonly ends: readonly string[];
  /** Who was worked on, in the order in which it began. */
  readonly worked: readonly string[];
  readonly all: readonly HostEnd<Place, string>[];
  readonly events: readonly ReportEvent[];
}

interface Wish extends Partial<HostStage<Place, string>> {
  /** Who fails. */
  readonly fails?: readonly string[];
  readonly signal?: AbortSignal;
}

async function goOver(names: readonly (string | Place)[], order: Order, wish: Wish = {}): Promise<Gone> {
  const { fails = [], signal = new AbortController().signal, work, ...more } = wish;
  const worked: string[] = [];
  const events: ReportEvent[] = [];
  const reporter: Reporter = { ...silentReporter, report: (event) => void events.push(event) };
  const stage: HostStage<Place, string> = {
    places: names.map((one) => (typeof one === 'string' ? place(one) : one)),
    order,
    async work(host, at) {
      worked.push(host.name);
      if (fails.includes(host.name)) throw broken(host.name);
      return (await work?.(host, at)) ?? 'ok';
    },
    says: String,
    ...more,
  };
  const all = await overHosts(stage, quietRun({ reporter, signal }));
  return { all, worked, events, ends: all.map(({ host, how }) => `${host} ${how}`) };
}

describe('a stage that goes over all hosts together', () => {
  test('starts on each as soon as it is there; one that is being dialled holds up nobody and takes no place', async () => {
    const [hanging, done] = [later<Host | KinitError>(), later<void>()];
    const worked: string[] = [];
    const all = goOver([place('w0', hanging.promise), 'w1', 'w2'], together(1), {
      async work({ name }) {
        worked.push(name);
        if (worked.length === 2) done.settle();
        return 'ok';
      },
    });
    await done.promise;
    expect(worked).toEqual(['w1', 'w2']);
    hanging.settle(new KinitError('no answer', { host: 'w0' }));
    expect((await all).ends).toEqual(['w0 failed', 'w1 done', 'w2 done']);
  });

  test('leaves the others alone where one fails or is not reached', async () => {
    const { ends, all } = await goOver(['w1', place('w2', dead('w2')), 'w3', 'w4'], together(1), { fails: ['w1'] });
    expect(ends).toEqual(['w1 failed', 'w2 failed', 'w3 done', 'w4 done']);
    expect(all.map(({ error }) => error?.message)).toEqual(['the disk is full', 'no answer', undefined, undefined]);
  });

  test('tells of each when it begins and how it ended', async () => {
    const { events } = await goOver(['w1', 'w2'], together(1), { fails: ['w2'] });
    expect(events).toEqual([
      { type: 'host', host: 'w1', state: 'start' },
      { type: 'host', host: 'w1', state: 'done', reason: 'ok' },
      { type: 'host', host: 'w2', state: 'start' },
      { type: 'host', host: 'w2', state: 'failed', reason: 'the disk is full' },
    ]);
  });

  test('names a bug of ours beside its host', async () => {
    const { all } = await goOver(['w1', 'w2'], together(2), {
      async work({ name }) {
        if (name === 'w1') throw new TypeError('x is not a function');
        return 'ok';
      },
    });
    expect(all[0]?.error).toMatchObject({ host: 'w1', exitCode: exitCodes.bug });
    expect(all[1]?.how).toBe('done');
  });

  test('begins no further host once the user has pressed Ctrl-C, and ends with its code', async () => {
    const stop = new AbortController();
    const { ends, worked, all } = await goOver(['w1', 'w2', 'w3'], together(1), {
      signal: stop.signal,
      async work() {
        stop.abort();
        return 'ok';
      },
    });
    expect(worked).toEqual(['w1']);
    expect(ends).toEqual(['w1 done', 'w2 failed', 'w3 failed']);
    expect(exitCodeOf(all.map((end) => ({ ...end, result: end.how })))).toBe(exitCodes.interrupted);
  });

  test('leaves out, untouched, whom it does not admit and whom it does not reach', async () => {
    const { ends, worked, events } = await goOver(['w1', place('w2', dead('w2')), 'w3'], together(1), {
      async admits({ name }) {
        if (name === 'w1') throw broken(name);
      },
    });
    expect(ends).toEqual(['w1 left out', 'w2 left out', 'w3 done']);
    expect(worked).toEqual(['w3']);
    expect(events).toContainEqual({ type: 'host', host: 'w1', state: 'skipped', reason: 'the disk is full' });
  });
});

describe('a stage of which so many hosts may be out of service', () => {
  test.each([
    ['one by one', oneByOne, 1],
    ['two at a time', withinBudget(2), 2],
  ])('works on no more than it says: %s', async (_, order, most) => {
    let [now, seen] = [0, 0];
    const { ends } = await goOver(['w1', 'w2', 'w3', 'w4', 'w5'], order, {
      async work() {
        now += 1;
        seen = Math.max(seen, now);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        return 'ok';
      },
    });
    expect(seen).toBe(most);
    expect(ends.every((end) => end.endsWith(' done'))).toBe(true);
  });

  test('goes on beside one that failed as long as one more may be out of service', async () => {
    const { ends, worked } = await goOver(['w1', 'w2', 'w3', 'w4'], withinBudget(2), { fails: ['w1'] });
    expect(ends).toEqual(['w1 failed', 'w2 done', 'w3 done', 'w4 done']);
    expect(worked).toEqual(['w1', 'w2', 'w3', 'w4']);
  });

  test('holds back the rest when as many have failed, saying why', async () => {
    const { ends, worked, all, events } = await goOver(['w1', 'w2', 'w3', 'w4'], withinBudget(2), {
      fails: ['w1', 'w3'],
    });
    expect(ends).toEqual(['w1 failed', 'w2 done', 'w3 failed', 'w4 held back']);
    expect(worked).toEqual(['w1', 'w2', 'w3']);
    expect(all[3]?.error).toMatchObject({
      host: 'w4',
      message: 'not begun, since it stopped before: w1: the disk is full',
      hint: 'make room',
    });
    expect(events.at(-1)).toMatchObject({ type: 'host', host: 'w4', state: 'skipped' });
    expect(exitCodeOf(all.map((end) => ({ ...end, result: end.how })))).toBe(exitCodes.someHostsFailed);
  });

  test('lets those go first whose turn had better be next, each once', async () => {
    const next = async (waiting: readonly Place[]) => waiting.find(({ name }) => name === 'w3');
    const gone = await goOver(['w1', 'w2', 'w3', 'w4'], oneByOne, { next });
    expect(gone.worked).toEqual(['w3', 'w1', 'w2', 'w4']);
    expect(gone.ends).toEqual(['w1 done', 'w2 done', 'w3 done', 'w4 done']);
    const two = await goOver(['w1', 'w2', 'w3', 'w4'], withinBudget(2), { next });
    expect([...two.worked].sort()).toEqual(['w1', 'w2', 'w3', 'w4']);
  });

  test('goes on past a host that it does not admit: nothing of it was touched', async () => {
    const { ends } = await goOver(['w1', 'w2'], oneByOne, {
      async admits({ name }) {
        if (name === 'w1') throw broken(name);
      },
    });
    expect(ends).toEqual(['w1 left out', 'w2 done']);
  });

  test('begins no further host once the user has pressed Ctrl-C', async () => {
    const stop = new AbortController();
    const { ends, all } = await goOver(['w1', 'w2', 'w3'], oneByOne, {
      signal: stop.signal,
      async work() {
        stop.abort();
        return 'ok';
      },
    });
    expect(ends).toEqual(['w1 done', 'w2 failed', 'w3 held back']);
    expect(all[2]?.error?.exitCode).toBe(exitCodes.interrupted);
  });
});

describe('what is done at the end', () => {
  const end = (does: AtEnd['does'], more: Partial<AtEnd> = {}): AtEnd => ({
    does,
    failed: 'the token could not be revoked',
    leaves: 'it expires',
    ...more,
  });

  /** What the work came to, what was done at the end, and the warnings. */
  async function ended(work: () => Promise<string>, ends: readonly ((name: string) => AtEnd)[]) {
    const warnings: string[] = [];
    const done: string[] = [];
    const named = ends.map((one, index) => {
      const item = one(`${index}`);
      const does = async () => {
        done.push(`${index}`);
        return item.does();
      };
      return { ...item, does };
    });
    const result = await withEnd(named, (text) => void warnings.push(text), work).catch(
      (error: Error) => error.message,
    );
    return { result, done, warnings };
  }
  const well = () => end(async () => undefined);
  const badly = () =>
    end(() => {
      throw new Error('connection refused');
    });

  test.each([
    ['work that went well', async () => 'ok', 'ok'],
    [
      'a failure',
      async () => {
        throw broken('w1');
      },
      'the disk is full',
    ],
    [
      'an interrupt',
      async () => {
        throw new KinitError('interrupted', { exitCode: exitCodes.interrupted });
      },
      'interrupted',
    ],
  ])('is done after %s, each whatever becomes of the others', async (_, work, result) => {
    expect(await ended(work, [badly, well])).toEqual({
      result,
      done: ['0', '1'],
      warnings: ['the token could not be revoked: connection refused; it expires'],
    });
  });

  test('is done after a failure alone, where it says so', async () => {
    const onlyThen = () => end(async () => undefined, { afterFailure: true });
    expect((await ended(async () => 'ok', [onlyThen])).done).toEqual([]);
    expect((await ended(async () => Promise.reject(broken('w1')), [onlyThen])).done).toEqual(['0']);
  });

  test('of a stage comes when all its hosts are through, a failed one among them', async () => {
    const worked: string[] = [];
    let before: readonly string[] = [];
    const { ends } = await goOver(['w1', 'w2'], together(2), {
      async work({ name }) {
        await new Promise((resolve) => setImmediate(resolve));
        worked.push(name);
        if (name === 'w1') throw broken(name);
        return 'ok';
      },
      atEnd: [end(async () => (before = [...worked]))],
    });
    expect([ends, before]).toEqual([
      ['w1 failed', 'w2 done'],
      ['w1', 'w2'],
    ]);
  });
});

test('work in parallel keeps the order of what it is given, at most so many at a time', async () => {
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
