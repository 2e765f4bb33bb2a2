import { InputError } from '../../errors.ts';
import { Secret } from '../../secret.ts';

/**
 * The password on the first line of a text, cut the same way wherever it comes from: the line may end with LF, CR LF or
 * the text. Throws InputError where it is empty or holds what no password prompt takes for a part of it.
 */
export function passwordLine(text: string, place: string): Secret {
  const line = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)[0] ?? '';
  if (line === '') throw new InputError([{ place, message: 'its first line is empty, and should be the password' }]);
  if (hasControls(line)) {
    throw new InputError(
      [{ place, message: 'the password holds control characters' }],
      'write it as plain text (UTF-8) on the first line',
    );
  }
  return new Secret(line);
}

function hasControls(line: string): boolean {
  return [...line].some((character) => character < ' ' || character === '\u007f');
}
