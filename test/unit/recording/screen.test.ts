import { describe, expect, it } from 'vitest';
import { Screen } from '../../../scripts/recording/screen.ts';

const esc = '\u001b[';

function shown(...texts: readonly string[]): string {
  const screen = new Screen(10, 4);
  for (const text of texts) screen.write(text);
  return screen.text();
}

describe('the terminal of a recording', () => {
  it('goes on in the next line at its right edge, and scrolls at its bottom', () => {
    expect(shown('0123456789ab\r\n')).toBe('0123456789\nab');
    expect(shown('1\r\n2\r\n3\r\n4\r\n5')).toBe('2\n3\n4\n5');
  });

  it('draws over what was there, as a live view does', () => {
    expect(shown('one\r\ntwo\r\n', `${esc}2A${esc}2K${esc}GONE\r\n`)).toBe('ONE\ntwo');
    expect(shown('one\r\ntwo\r\nthree', `${esc}2A${esc}G${esc}JX`)).toBe('X');
    expect(shown('one\r\ntwo', `${esc}H${esc}2Jnew`)).toBe('new');
  });

  it('takes a sequence that is cut anywhere', () => {
    expect(shown('a\u001b', '[', '2', 'Kb', `c${esc}`, '0m')).toBe('bc'.padStart(3));
  });

  it('knows color, bold and faint of each character', () => {
    const screen = new Screen(10, 2);
    screen.write(`a${esc}1;32mb${esc}22mc${esc}39md${esc}2me${esc}0mf`);
    expect(screen.lines()[0]?.map(({ style }) => style)).toEqual([
      {},
      { bold: true, color: 2 },
      { bold: false, faint: false, color: 2 },
      { bold: false, faint: false, color: undefined },
      { bold: false, faint: true, color: undefined },
      {},
    ]);
  });

  it('refuses what it does not know, rather than to show something else', () => {
    expect(() => shown(`${esc}5S`)).toThrow('no terminal of a recording knows CSI 5S');
    expect(() => shown('\u0007')).toThrow('\\u0007');
  });
});
