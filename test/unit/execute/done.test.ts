import { describe, expect, test } from 'vitest';
import type { Decided } from '../../../src/execute/decided.ts';
import { addingAll, doneBefore, knowing } from '../../../src/execute/done.ts';

const one = (path: string): Decided => ({ phase: 'any', change: { kind: 'absent', path } });

describe('works beside each other', () => {
  test('add what each of them has changed', async () => {
    const done = [one('/before')];
    await addingAll(done, [Promise.resolve([one('/a')]), Promise.resolve([one('/b')])]);
    expect(done).toEqual(['/before', '/a', '/b'].map(one));
  });

  test('all come to their end, and the first that fails is told with what was done by any of them', async () => {
    const done = [one('/before')];
    const ended: string[] = [];
    const slow = new Promise<readonly Decided[]>((resolve) =>
      setTimeout(() => {
        ended.push('slow');
        resolve([one('/slow')]);
      }, 20),
    );
    const first = new Error('first');
    const works = [Promise.reject(knowing(first, [one('/half')])), slow, Promise.reject(new Error('second'))];
    const error: unknown = await addingAll(done, works).catch((why: unknown) => why);
    expect(error).toBe(first);
    expect(ended).toEqual(['slow']);
    expect(doneBefore(error)).toEqual(['/before', '/half', '/slow'].map(one));
  });
});
