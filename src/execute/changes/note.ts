import { oneLine } from '../../printable.ts';
import type { Note } from '../change.ts';
import { type Kind, unseen } from './kind.ts';

/** A line of the story. */
export const note: Kind<Note> = {
  ...unseen,
  holds: () => false,
  performed: { by: 'telling' },
  rehearsed: 'alike',
  words: ({ text }) => text,
  script: ({ text }) => text.split(/[\r\n]/).map((line) => `# ${oneLine(line).trim()}`),
};
