import { expect, test } from 'vitest';
import { redrawer } from '../../../src/report/redrawn.ts';

const on = (rows?: number) => {
  const written: string[] = [];
  const draw = redrawer({ write: (text) => written.push(text), ...(rows === undefined ? {} : { rows }) });
  return { written, draw };
};

test('a text takes the place of the one before, line by line', () => {
  const { written, draw } = on();
  draw('one\ntwo\n');
  draw('three');
  expect(written).toEqual(['\u001b[2J\u001b[Hone\u001b[K\ntwo\u001b[K\n\u001b[J', '\u001b[Hthree\u001b[K\n\u001b[J']);
});

test('what has no room is counted', () => {
  const { written, draw } = on(4);
  draw('1\n2\n3\n4\n5');
  expect(written[0]).toContain('2\u001b[K\n... and 3 more lines\u001b[K\n');
});

test('what is in a text moves no cursor', () => {
  const { written, draw } = on();
  draw('a\u001b[2Jb');
  expect(written[0]).toContain('a\ufffd[2Jb');
});
