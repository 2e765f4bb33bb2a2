import type { CommandResult } from '../../host/host.ts';

/** Something that a host is asked in the one round trip of an examination, and what its answer means. */
export interface Question<Answer> {
  readonly argv: readonly string[];
  /** `text` is '' where the host gave none. */
  readonly parse: (text: string) => Answer;
}

/** What a host answered; as if it had said nothing where it was not asked. */
export function answerTo<Answer>(
  { argv, parse }: Question<Answer>,
  commands: ReadonlyMap<string, CommandResult>,
): Answer {
  return parse(commands.get(argv.join('\0'))?.stdout ?? '');
}

/** A shell program for a host; it changes nothing and ends well whatever it finds. */
export function shell(program: string): readonly string[] {
  return ['sh', '-c', program];
}

/** The parts of an answer of which each begins with a line after \x01: that line, and the lines below it. */
export function partsOfAnswer(text: string): readonly { readonly head: string; readonly lines: readonly string[] }[] {
  return text
    .split('\u0001')
    .slice(1)
    .map((part) => {
      const [head = '', ...lines] = part.split('\n');
      return { head, lines: lines.filter((line) => line.trim() !== '') };
    });
}
