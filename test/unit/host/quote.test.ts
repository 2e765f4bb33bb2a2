import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote, quoteAll } from '../../../src/host/shell/quote.ts';

const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));

describe('quoting for a POSIX shell', () => {
  it('gives every word back to a real sh unchanged', () => {
    const batch = fc.array(word, { minLength: 50, maxLength: 200 });
    fc.assert(
      fc.property(batch, (words) => {
        const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${quoteAll(words)}`]).toString('utf8');
        expect(printed.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['', "''"],
    ['/etc/kubernetes/admin.conf', '/etc/kubernetes/admin.conf'],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$(reboot)', "'$(reboot)'"],
    ['~', "'~'"],
    ['a=b', "'a=b'"],
    ['new\nline', "'new\nline'"],
  ])('writes %j as %s', (given, expected) => {
    expect(quote(given)).toBe(expected);
  });

  it('refuses a NUL, which no argument can carry', () => {
    expect(() => quote('a\0b')).toThrow(TypeError);
  });
});
