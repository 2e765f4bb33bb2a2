import { describe, expect, it } from 'vitest';
import { newestMinor, newestVersion, oldestMinor, servedMinors } from '../../../src/release/served.ts';
import { servedTable } from '../../../src/release/served-table.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { servedText } from '../../../src/report/served-text.ts';

describe('the minors that kinit serves', () => {
  it('are one row each, without a gap, and support ends later and later', () => {
    expect(servedMinors.map(({ minor }) => minor)).toEqual(
      Array.from({ length: newestMinor - oldestMinor + 1 }, (_, index) => oldestMinor + index),
    );
    const ends = servedMinors.map(({ endOfSupport }) => endOfSupport);
    expect(ends).toEqual(ends.toSorted());
    expect(ends.every((day) => /^20\d\d-\d\d-\d\d$/.test(day))).toBe(true);
  });

  it('name as run only versions of their own', () => {
    for (const { minor, newestPatch, run } of servedMinors) {
      for (const version of run.map((text) => parseVersion(text))) {
        expect(version.minor).toBe(minor);
        expect(version.patch).toBeLessThanOrEqual(newestPatch);
      }
    }
  });

  it('are told with what the newest patch deploys', () => {
    expect(servedTable().at(-1)).toMatchObject({
      minor: `v1.${newestMinor}`,
      newestPatch: newestVersion,
      etcd: '3.7.0-0',
    });
    const [title, ...lines] = servedText(servedTable()).trimEnd().split('\n');
    expect(title).toMatch(/^MINOR +NEWEST PATCH +ETCD +COREDNS +PAUSE +END OF SUPPORT +RUN$/);
    expect(lines).toHaveLength(servedMinors.length);
    expect(lines[2]).toMatch(/^v1\.20 +v1\.20\.15 +3\.4\.13-0 +1\.7\.0 +3\.2 +2022-02-28 +v1\.20\.2$/);
    expect(lines[0]).toMatch(/rendered only$/);
  });
});
