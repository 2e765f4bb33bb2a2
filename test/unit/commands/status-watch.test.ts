import { describe, expect, it } from 'vitest';
import { keptHosts } from '../../../src/commands/status/kept-hosts.ts';
import { watched } from '../../../src/commands/status/watched.ts';
import { KinitError } from '../../../src/errors.ts';
import type { InventoryHost } from '../../../src/inventory/types.ts';
import { FakeHost } from '../../fakes/host.ts';

describe('a watch', () => {
  it('looks and shows until its end', async () => {
    const over = new AbortController();
    const shown: number[] = [];
    let looks = 0;
    await watched({
      look: async () => ++looks,
      show: (found) => shown.push(found),
      pause: async () => (shown.length === 3 ? over.abort() : undefined),
      signal: over.signal,
    });
    expect(shown).toEqual([1, 2, 3]);
  });

  it('ends in the middle of a look, and shows nothing of it', async () => {
    const over = new AbortController();
    const shown: unknown[] = [];
    const watching = watched({
      look: () => new Promise(() => {}),
      show: (found) => shown.push(found),
      pause: async () => {},
      signal: over.signal,
    });
    over.abort();
    await watching;
    expect(shown).toEqual([]);
  });

  it('ends where nobody sees any more what it shows', async () => {
    const { signal } = new AbortController();
    const shown: number[] = [];
    const isForNobody = () => shown.length === 2;
    const [look, show, pause] = [async () => 1, (found: number) => shown.push(found), async () => {}];
    await watched({ look, show, pause, signal, isForNobody });
    expect(shown).toEqual([1, 1]);
  });

  it('fails as its look fails', async () => {
    const look = async () => {
      throw new KinitError('no');
    };
    const { signal } = new AbortController();
    await expect(watched({ look, show: () => {}, pause: async () => {}, signal })).rejects.toThrow('no');
  });
});

describe('hosts that are looked at more than once', () => {
  const entries = ['m1', 'w1'].map((name) => ({ name, role: 'worker' }) as InventoryHost);
  const room = (answer: (name: string, time: number) => FakeHost | KinitError) => {
    const dialled: string[] = [];
    const hosts = keptHosts(entries, async (wanted) =>
      wanted.map((entry) => {
        dialled.push(entry.name);
        const times = dialled.filter((name) => name === entry.name).length;
        return { entry, opening: Promise.resolve(answer(entry.name, times)) };
      }),
    );
    return { hosts, dialled };
  };

  it('are dialled once as long as they answer, and closed at the end', async () => {
    const made = new Map(entries.map(({ name }) => [name, new FakeHost({ name })]));
    const { hosts, dialled } = room((name) => made.get(name)!);
    for (let round = 0; round < 3; round += 1) {
      const asked = await hosts.asked();
      expect(await Promise.all(asked.map(({ reached }) => reached))).toEqual([...made.values()]);
    }
    expect(dialled).toEqual(['m1', 'w1']);
    await hosts.close();
    expect([...made.values()].every(({ closed }) => closed)).toBe(true);
  });

  it('are dialled again where they were not reached, or answer no more', async () => {
    const lost = new FakeHost({ name: 'm1' });
    const { hosts, dialled } = room((name, time) => {
      if (name === 'm1') return time === 1 ? lost : new FakeHost({ name });
      return time === 1 ? new KinitError('no route') : new FakeHost({ name });
    });
    await hosts.asked();
    lost.observe = async () => {
      throw new KinitError('the connection is closed');
    };
    const asked = await hosts.asked();
    expect(dialled).toEqual(['m1', 'w1', 'm1', 'w1']);
    expect(lost.closed).toBe(true);
    expect((await Promise.all(asked.map(({ reached }) => reached))).every((one) => one instanceof FakeHost)).toBe(true);
    await hosts.close();
  });
});
