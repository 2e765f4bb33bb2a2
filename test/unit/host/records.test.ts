import { describe, expect, it } from 'vitest';
import { parseAnswer, parseRecords } from '../../../src/host/shell/records.ts';

const parse = (text: string) => parseRecords(Buffer.from(text), 'abc');

describe('the records of a script', () => {
  it('are found behind whatever a login shell prints', () => {
    expect(parse('Welcome!\nend\nno newline\nkinit-abc\nresult|0|0|0||\nend\n')).toEqual([
      { kind: 'result', index: 0, fields: ['0', '0', '', ''] },
    ]);
  });

  it.each(['', 'kinit-abc\nresult|0|0|0||\n', 'kinit-other\nend\n', 'end\n'])(
    'are none when the script did not end: %j',
    (text) => {
      expect(parse(text)).toBeUndefined();
    },
  );

  it('are none where more come than a script can have', () => {
    expect(parse(`kinit-abc\n${'path|0|0||0|\n'.repeat(50_000)}end\n`)).toBeUndefined();
  });

  it('have no more fields than a record has', () => {
    const [record] = parse(`kinit-abc\nfile|0${'|'.repeat(100_000)}\nend\n`) ?? [];
    expect(record?.fields.length).toBeLessThan(20);
  });

  it('carry what a command printed, byte for byte', () => {
    const [record] = parse(`kinit-abc\nresult|1|3|1|${btoa('a|b\n')}|${btoa('end\n')}\nend\n`) ?? [];
    expect(record && parseAnswer(record)).toEqual({ code: 3, expired: true, stdout: 'a|b\n', stderr: 'end\n' });
  });
});
