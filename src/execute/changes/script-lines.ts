import { quote } from '../../host/shell/quote.ts';
import { escapedBy, isPrintable } from '../../printable.ts';

/** A mode as it is written: `0644`. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** A file that a script's reader has to bring: its content is secret, or made when it is signed. */
export function secretFile(path: string, mode: number): string {
  return `install -D -m ${octal(mode)} "$SECRETS"${quote(path)} ${quote(path)}`;
}

/** The text as a here-document for a command, whatever lines it has; one that ends in no line break through printf. */
export function fileLines(path: string, mode: number, content: string): string {
  const to = `put ${octal(mode)} ${quote(path)}`;
  if (!isPrintable(content)) return encoded(to, content);
  if (!content.endsWith('\n')) return `printf %s ${quote(content)} | ${to}`;
  return hereDocument(to, content);
}

/** A command that reads the text, which ends in a line break, from standard input. */
export function hereDocument(command: string, text: string): string {
  if (!isPrintable(text)) return encoded(command, text);
  const end = delimiter(text);
  return `${command} <<'${end}'\n${text}${end}`;
}

/** A line that the text does not have. */
function delimiter(text: string): string {
  const lines = new Set(text.split('\n'));
  let word = 'EOF';
  while (lines.has(word)) word += '_';
  return word;
}

/** What would steer the terminal of whoever looks at the script. */
function encoded(command: string, text: string): string {
  const lines = Buffer.from(text)
    .toString('base64')
    .replaceAll(/.{76}(?=.)/g, '$&\n');
  return `base64 -d <<'EOF' | ${command}\n${lines}\nEOF`;
}

/** A line with what would steer a terminal as printf's octal bytes: unsafe text stands within single quotes alone. */
export function spelt(line: string): string {
  return escapedBy(line, (character) => {
    const bytes = [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    return `'"$(printf '${bytes}')"'`;
  });
}
