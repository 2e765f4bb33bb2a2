/** Characters that take two columns of a terminal (Unicode's East Asian Wide and Fullwidth, as far as texts have them). */
const wide =
  '\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\u33ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3\\uf900-\\ufaff\\uff01-\\uff60\\uffe0-\\uffe6';
const eachWide = new RegExp(`[${wide}]`, 'gu');
/** A word, or a wide character with the marks that may not begin a line. */
const eachPiece = new RegExp(`\\s*(?:[${wide}][，。；：、）]*|[^\\s${wide}]+[，。；：、）]*)`, 'gu');

/** How many columns a terminal shows the text in. */
export function columnsOf(text: string): number {
  return text.length + (text.match(eachWide)?.length ?? 0);
}

/** The text with blanks after it up to so many columns. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** The text in lines of at most so many columns; a longer word stays whole, so that it can be copied. */
export function folded(text: string, columns: number): readonly string[] {
  const lines: string[] = [''];
  for (const piece of text.match(eachPiece) ?? []) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = piece.trimStart();
    else if (columnsOf(last) + columnsOf(piece) <= columns) lines[lines.length - 1] = `${last}${piece}`;
    else lines.push(piece.trimStart());
  }
  return lines;
}
