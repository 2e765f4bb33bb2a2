/** A table of GitHub's Markdown; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}

/** Words as they are meant, in a cell of a table: no tag, no emphasis, no other cell. Backticks mark what is typed. */
export function words(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\\*_<>|]/g, '\\$&');
}

/** What is typed, in a cell or in a line of text. */
export function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``;
}

/** The mark below the title of a page that is made: who wants it otherwise edits the source. */
export function made(of: string): string {
  return `<!-- Made by \`npm run docs\` from ${of}: do not edit. -->\n`;
}
