import { printable } from '../printable.ts';

/** A terminal on which one text takes the place of another. */
export interface RedrawnStream {
  readonly write: (text: string) => unknown;
  readonly rows?: number;
}

/**
 * Draws texts over each other from the top of a terminal, without flicker: each line in the place of the one before, and what
 * was below gone; the cursor stays below the last. What has no room at the bottom is counted.
 */
export function redrawer(stream: RedrawnStream): (text: string) => void {
  let isDrawn = false;
  return (text) => {
    const lines = printable(text).trimEnd().split('\n');
    const room = Math.max(2, (stream.rows ?? 24) - 1);
    const more = lines.length - room;
    const shown = more > 0 ? [...lines.slice(0, room - 1), `... and ${more + 1} more lines`] : lines;
    const drawing = `${home}${shown.map((line) => `${line}${restOfLine}\n`).join('')}${restOfScreen}`;
    stream.write(isDrawn ? drawing : `${wholeScreen}${drawing}`);
    isDrawn = true;
  };
}

/** ECMA-48: CUP, and what ED and EL erase. */
const [home, wholeScreen, restOfScreen, restOfLine] = ['\u001b[H', '\u001b[2J', '\u001b[J', '\u001b[K'];
