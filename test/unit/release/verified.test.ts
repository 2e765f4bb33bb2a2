import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { releaseFor, remarksOn } from '../../../src/release/release.ts';
import { newestMinor, servedMinors } from '../../../src/release/served.ts';
import { tablesBefore, verifiedTables } from '../../../src/release/verified.ts';
import { admitted, parseVersion } from '../../../src/release/version.ts';

const folder = new URL('../../../src/release/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8');
const next = `v1.${newestMinor + 1}.0-alpha.2`;

describe('how far the tables were held against Kubernetes', () => {
  it('is said by every file that has rows, and read in one place', () => {
    const rows = /: readonly Row<|Record<string, readonly Row</;
    const withRows = readdirSync(folder).filter((file) => file !== 'table.ts' && rows.test(read(file)));
    const saying = withRows.filter((file) => read(file).includes('export const verified: Verified'));
    expect(saying).toEqual(withRows);
    const gathered = read('verified.ts');
    expect(withRows.filter((file) => !gathered.includes(`from './${file}'`))).toEqual([]);
    expect(new Set(verifiedTables.map(({ table }) => table)).size).toBe(verifiedTables.length);
    expect(verifiedTables).toHaveLength(withRows.length);
  });

  it('reaches every minor that is served: a new one fails here with the list of tables to look at', () => {
    expect(tablesBefore({ minor: newestMinor })).toEqual([]);
  });

  it('is told table by table for the minor after the newest one', () => {
    expect(tablesBefore({ minor: newestMinor + 1 })).toEqual(verifiedTables.map(({ table }) => table));
    expect(tablesBefore({ minor: newestMinor + 1 })).toContain('images');
  });
});

describe('a release that the tables stop before', () => {
  it.each([next, `v1.${newestMinor + 1}.0`])('%s does not slip through on the last rows', (text) => {
    expect(() => releaseFor(parseVersion(text))).toThrow(`${text} is not served`);
    expect(releaseFor(admitted(parseVersion(text)))).toMatchObject({
      unverified: verifiedTables.map(({ table }) => table),
    });
  });

  it.each([`v1.${newestMinor + 2}.0`, 'v1.17.9', 'v2.0.0'])('%s is refused whatever the user admits', (text) => {
    expect(() => releaseFor(admitted(parseVersion(text)))).toThrow(`${text} is not served`);
  });

  it('is warned of with the names of the tables', () => {
    const { warning, note } = remarksOn(releaseFor(admitted(parseVersion(next))));
    expect(warning).toContain(`Kubernetes ${next} is newer than what kinit was held against`);
    for (const { table } of verifiedTables) expect(warning).toContain(table);
    expect(note).toBeUndefined();
  });
});

describe('a patch newer than the newest that is known', () => {
  const row = servedMinors.find(({ minor }) => minor === 36);
  const known = `v1.36.${row?.newestPatch}`;
  const newer = `v1.36.${(row?.newestPatch ?? 0) + 3}`;

  it('has the rows of that one, and a note says so', () => {
    const { version: _, ...tables } = releaseFor(parseVersion(newer));
    const { version: __, ...knownTables } = releaseFor(parseVersion(known));
    expect(tables).toEqual(knownTables);
    expect(remarksOn(releaseFor(parseVersion(newer)))).toEqual({
      note: expect.stringContaining(`newer than ${known}`),
    });
    expect(remarksOn(releaseFor(parseVersion(known)))).toEqual({});
  });
});
