/** A message of a catalog. */
export interface Message {
  /** `KINIT-1203` */
  readonly code: string;
  /** As the source has it, with a name in braces for what is put in: `{host} does not answer`. */
  readonly english: string;
  readonly chinese: string;
}

/**
 * The messages of a catalog in gettext's PO format, whose msgctxt is the message's code: what editors for translators read
 * and write, as far as kinit uses it (one line a string, no plurals). Throws RangeError for what is no such line.
 */
export function parsePo(text: string): readonly Message[] {
  const messages: Message[] = [];
  let entry: Record<string, string> = {};
  const close = () => {
    const { msgctxt: code = '', msgid: english = '', msgstr: chinese = '' } = entry;
    if (english !== '') messages.push({ code, english, chinese });
    entry = {};
  };
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    const [, key, value] = /^(msgctxt|msgid|msgstr) (".*")$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) entry[key] = JSON.parse(value) as string;
    else if (line === '') close();
    else throw new RangeError(`no line of a catalog: ${line}`);
  }
  close();
  return messages;
}

/** The messages as a PO file has them, in the order of their codes. */
export function poText(messages: readonly Message[]): string {
  return messages
    .toSorted((a, b) => (a.code < b.code ? -1 : 1))
    .map(
      ({ code, english, chinese }) =>
        `msgctxt ${JSON.stringify(code)}\nmsgid ${JSON.stringify(english)}\nmsgstr ${JSON.stringify(chinese)}\n`,
    )
    .join('\n');
}
