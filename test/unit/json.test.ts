import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/json.ts';

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('JSON that somebody else wrote', () => {
  it.each([
    '{"a": [1, "x", null, {"b": true}]}',
    '"[[[[\\\\\\"[[["',
    `{"brackets": "${'['.repeat(1000)}", "quote": "\\"${'{'.repeat(1000)}"}`,
    `[${'[],'.repeat(1000)}[]]`,
    nested(500),
  ])('is read as JSON: %.40s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['no JSON', '{'],
    ['one of too many levels', nested(501)],
    ['one without end', '{"a":'.repeat(1_000_000)],
    ['one of a million levels', `{"a":${nested(1_000_000)}}`],
  ])('is a SyntaxError where it is %s', (_, text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});
