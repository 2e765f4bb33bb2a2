import { expect, test } from 'vitest';
import { factsOnce } from '../../../src/host/facts/facts-once.ts';
import type { Host, Wanted } from '../../../src/host/host.ts';
import { overlayHost } from '../../../src/host/overlay.ts';
import { factsOf } from '../preflight/hosts.ts';

/** A host that says what it was asked, and refuses the first `silent` questions. */
function asking(silent = 0): { readonly host: Host; readonly asked: (boolean | undefined)[] } {
  const bare = overlayHost({ name: 'n1', facts: factsOf('stream-9') });
  const asked: (boolean | undefined)[] = [];
  const observe = async (wanted: Wanted) => {
    asked.push(wanted.facts);
    if (asked.length <= silent) throw new Error('silent');
    return bare.observe(wanted);
  };
  return { host: { ...bare, observe }, asked };
}

test('facts are read once, and told with whatever else is asked for', async () => {
  const { host, asked } = asking();
  const once = factsOnce(host);
  const first = await once.observe({ facts: true });
  await once.observe({ paths: ['/etc'] });
  const later = await once.observe({ facts: true, paths: ['/etc'] });
  expect(asked).toEqual([true, undefined, undefined]);
  expect(later.facts).toBe(first.facts);
  expect(later.paths.has('/etc')).toBe(true);
});

test('who does not ask for facts hears none', async () => {
  const once = factsOnce(asking().host);
  await once.observe({ facts: true });
  expect((await once.observe({ paths: ['/etc'] })).facts).toBeUndefined();
});

test('a reading that failed is made anew', async () => {
  const { host, asked } = asking(1);
  const once = factsOnce(host);
  await expect(once.observe({ facts: true })).rejects.toThrow('silent');
  expect((await once.observe({ facts: true })).facts).toBeDefined();
  expect(asked).toEqual([true, true]);
});

test('who asks while they are read waits for them', async () => {
  const { host, asked } = asking();
  const once = factsOnce(host);
  const seen = await Promise.all([once.observe({ facts: true }), once.observe({ facts: true, paths: ['/etc'] })]);
  expect(seen[0].facts).toBeDefined();
  expect(seen[1].facts).toBe(seen[0].facts);
  expect(asked).toEqual([true, undefined]);
});
