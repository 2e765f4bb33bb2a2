import { type Row, Screen } from './screen.ts';

/** A picture of the terminal, and how long it stands. */
export interface Frame {
  readonly lines: readonly Row[];
  readonly seconds: number;
}

/** What a program wrote at once, and how many seconds after its start. */
export interface Chunk {
  readonly at: number;
  readonly text: string;
}

/** A command as it is typed, and what it wrote. */
export interface Scene {
  readonly typed: string;
  readonly chunks: readonly Chunk[];
  /** How long its last picture stands. */
  readonly hold: number;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Pictures of what goes on between a scene's first and last one, and how long each stands. */
const [mostBetween, standing] = [24, 0.45];

/**
 * Few pictures of each scene, one after the other on a cleared terminal: the command, what stood there at even distances of
 * time or, where all came at once, of lines, and the end. Pictures that are like the one before are left out.
 */
export function framesOf(scenes: readonly Scene[], { columns, rows }: Size): readonly Frame[] {
  return scenes.flatMap((scene) => {
    const screen = new Screen(columns, rows);
    screen.write(`\u001b[1;32m$\u001b[0m ${scene.typed}\r\n`);
    const frames: Frame[] = [{ lines: screen.lines(), seconds: 1.2 }];
    let last = screen.text();
    for (const texts of inSteps(scene.chunks, rows)) {
      screen.write(texts);
      if (screen.text() === last) continue;
      last = screen.text();
      frames.push({ lines: screen.lines(), seconds: standing });
    }
    return [...frames.slice(0, -1), { lines: screen.lines(), seconds: scene.hold }];
  });
}

/** What is written between two pictures. */
function inSteps(chunks: readonly Chunk[], rows: number): readonly string[] {
  const duration = chunks.at(-1)?.at ?? 0;
  const step = Math.max(duration / mostBetween, 0.5);
  const steps = new Map<number, string>();
  for (const { at, text } of chunks) steps.set(Math.floor(at / step), (steps.get(Math.floor(at / step)) ?? '') + text);
  return [...steps.values()].flatMap((text) => inPages(text, rows));
}

/** Long texts a page at a time, no more than eight of them; what moves the cursor is a picture drawn over the one before. */
function inPages(text: string, rows: number): readonly string[] {
  const lines = text.split(/(?<=\n)/);
  if (lines.length <= rows || text.includes('\u001b[1A')) return [text];
  const page = Math.max(rows - 3, Math.ceil(lines.length / 8));
  const first = lines.slice(0, rows - 3).join('');
  const rest = lines.slice(rows - 3);
  return [
    first,
    ...Array.from({ length: Math.ceil(rest.length / page) }, (_, at) =>
      rest.slice(at * page, (at + 1) * page).join(''),
    ),
  ];
}
