import { describe, expect, it } from 'vitest';
import { asOutOfFiles, refuseFewOpenFiles } from '../../src/open-files.ts';

const limits = (soft: string, hard: string) => () =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             20                   20                   processes \nMax open files            ${soft.padEnd(20)} ${hard.padEnd(20)} files     \n`;
const failing = (code: string) => () => {
  throw Object.assign(new Error(`${code}: open '/proc/self/limits'`), { code });
};
const refusal = (read: () => string) => {
  try {
    refuseFewOpenFiles(read);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('a limit of open files', () => {
  it.each([
    ['enough', limits('1024', '1048576')],
    ['just enough', limits('64', '64')],
    ['none at all', limits('unlimited', 'unlimited')],
    ['not told by this system', failing('ENOENT')],
  ])('is no reason to stop: %s', (_, read) => expect(refusal(read)).toBeUndefined());

  it.each([
    ['which the shell may raise', limits('63', '1048576'), /^only 63 files may be open/, /again: ulimit -n 1024$/],
    ['which root alone may raise', limits('32', '32'), /^only 32 files may be open/, /as root: .*LimitNOFILE=1024/],
    ['which leaves not one file', failing('EMFILE'), /^too many files are open/, /ulimit -n/],
    ['which the whole machine has met', failing('ENFILE'), /^too many files are open/, /ulimit -n/],
  ])('that is too low is said with the command that mends it: %s', (_, read, message, hint) => {
    expect(refusal(read)).toMatchObject({
      name: 'KinitError',
      exitCode: 2,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  it('that is met on the way is no bug of kinit', () => {
    const ofNode = Object.assign(new Error('uv_os_get_passwd returned EMFILE'), {
      code: 'ERR_SYSTEM_ERROR',
      info: { code: 'EMFILE' },
    });
    expect(asOutOfFiles(ofNode)).toMatchObject({ exitCode: 2, cause: ofNode });
    expect(asOutOfFiles(new TypeError('x is undefined'))).toBeUndefined();
  });
});
