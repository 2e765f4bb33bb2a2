import { jsonText, oneLine } from '../../printable.ts';
import { type Io, tell } from '../io.ts';

/** Prints an object as JSON or YAML, or the lines that say it. */
export async function printed(object: object, format: string, io: Io, lines: () => readonly string[]): Promise<void> {
  if (format === 'json') io.stdout.write(`${jsonText(object, 2)}\n`);
  else if (format === 'yaml') io.stdout.write((await import('../../yaml.ts')).toYaml(object));
  else
    tell(
      io,
      lines()
        .map((line) => `${oneLine(line)}\n`)
        .join(''),
    );
}
