/**
 * What would steer a terminal or deceive who reads it: control characters but newline and tab, line separators that are
 * no newline, and what is not seen (Unicode's Default_Ignorable_Code_Point: no width, marks that turn the direction of
 * writing, fillers, tags), by which two names look like one. What joins an emoji stays.
 */
const unsafe =
  /[^\P{Cc}\n\t]|[\u2028\u2029\ufff9-\ufffb]|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)[\u200d\ufe0f]|(?![\u200d\ufe0f])\p{DI}/gu;

/**
 * Text that moves no cursor, hides nothing and writes no title: what a machine says is shown to a person, who may not
 * trust it. A carriage return goes away, everything else that is unsafe is shown as U+FFFD.
 */
export function printable(text: string): string {
  return text.replaceAll('\r', '').replace(unsafe, '\ufffd');
}

/** Whether a person sees all of the text as it is. */
export function isPrintable(text: string): boolean {
  return text.search(unsafe) < 0;
}

/** The same on one line: a cell of a table, a host's words within a line of ours. */
export function oneLine(text: string): string {
  return printable(text)
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ');
}

/** Characters of a name that are shown in a list. */
const longest = 200;

/** The first names of a list and how many more there are: whoever makes the list may make it long. */
export function firstOf(names: readonly string[], shown = 10): string {
  const first = names.slice(0, shown).map((name) => (name.length > longest ? `${name.slice(0, longest)}...` : name));
  return names.length <= shown ? first.join(', ') : `${first.join(', ')} and ${names.length - shown} more`;
}

/** Lines after the first behind a bar, so that none of them passes for a line of kinit's. */
export function marked(text: string, bar = '  | '): string {
  return printable(text).trimEnd().replaceAll('\n', `\n${bar}`);
}

/** JSON whose values are as they were and whose text is safe on a terminal: unsafe characters are escaped. */
export function jsonText(
  value: unknown,
  indentation?: number,
  told?: (key: string, value: unknown) => unknown,
): string {
  return escaped(JSON.stringify(value, told, indentation));
}

/** A text in which unsafe characters stand within quotes alone, with JSON's escapes for them: one for each half of a pair. */
export function escaped(quoted: string): string {
  return escapedBy(quoted, (character) => character.split('').map(unitEscape).join(''));
}

function unitEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The same with YAML's escapes, one a character: halves of a pair are none to Go. */
export function yamlEscaped(quoted: string): string {
  return escapedBy(quoted, (character) =>
    character.length === 1
      ? unitEscape(character)
      : `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  );
}

/** The text with every unsafe character as `spell` spells it. */
export function escapedBy(text: string, spell: (character: string) => string): string {
  return text.replace(unsafe, spell);
}
