import { describe, expect, it } from 'vitest';
import { InputError, KinitError } from '../../../src/errors.ts';
import { errorObject, errorText } from '../../../src/report/error-text.ts';

const quiet = { verbosity: 0 };

describe('what a person reads when a command fails', () => {
  it('is what failed, where, and what to do', () => {
    const error = new KinitError('certs: writing ca.crt failed', { host: 'cp1', hint: 'make room on the disk' });
    expect(errorText(error, quiet)).toBe('error: cp1: certs: writing ca.crt failed\n  make room on the disk\n');
  });

  it('steers no terminal, whatever a machine has said', () => {
    const error = new KinitError('dnf says: \u001b[2Jdone', { hint: 'look \u001b]0;there\u0007' });
    expect(errorText(error, quiet)).toBe('error: dnf says: \ufffd[2Jdone\n  look \ufffd]0;there\ufffd\n');
  });

  it('names the place of a mistake in the input, or of all of them', () => {
    const one = new InputError([{ place: 'a.yaml:3 kind', message: 'is missing' }]);
    const two = new InputError(
      [
        { place: 'a.yaml:3 kind', message: 'is missing' },
        { place: '', message: 'flags do not go together' },
      ],
      'see --help',
    );
    expect(errorText(one, quiet)).toBe('error: a.yaml:3 kind: is missing\n');
    expect(errorText(two, quiet)).toBe(
      'error: 2 problems:\n  a.yaml:3 kind: is missing\n  flags do not go together\n  see --help\n',
    );
  });

  it('has a stack, with that of its cause, only at -v 5', () => {
    const error = new KinitError('no answer', { cause: new Error('connect ECONNREFUSED') });
    expect(errorText(error, { verbosity: 4 })).toBe('error: no answer\n');
    expect(errorText(error, { verbosity: 5 })).toMatch(
      /^error: no answer\nKinitError: no answer\n {4}at [\s\S]*caused by: Error: connect ECONNREFUSED\n {4}at /,
    );
  });

  it('says of a bug that it is one, with its stack', () => {
    expect(errorText(new TypeError('x is undefined'), quiet)).toMatch(
      /^error: this is a bug in kinit, please report it .*\nTypeError: x is undefined\n {4}at /,
    );
    expect(errorText('thrown text', quiet)).toContain('thrown text');
  });

  it('says after Ctrl-C that the same command goes on, or what the work says itself', () => {
    const aborted = new DOMException('This operation was aborted', 'AbortError');
    expect(errorText(aborted, { ...quiet, interrupted: true })).toBe(
      'interrupted: what is done stays done; run the same command again to go on from here\n',
    );
    const own = new KinitError('interrupted', { hint: 'the upload is resumed' });
    expect(errorText(own, { ...quiet, interrupted: true })).toBe('interrupted: the upload is resumed\n');
  });
});

describe('what a machine reads when a command fails', () => {
  it.each([
    [
      'the host and what to do',
      new KinitError('writing ca.crt failed', { host: 'cp1', hint: 'make room on the disk' }),
      { error: 'writing ca.crt failed', host: 'cp1', hint: 'make room on the disk' },
    ],
    ['no field of which nothing is known', new KinitError('no answer'), { error: 'no answer' }],
    [
      'that it is a bug, without its stack',
      new TypeError('x is undefined'),
      { error: 'a bug in kinit: x is undefined' },
    ],
  ])('is %s', (_, error, expected) => {
    expect(errorObject(error, {})).toEqual(expected);
  });
});
