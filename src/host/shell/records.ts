import type { CommandResult } from '../host.ts';

/** One line of a script's answer: its kind, the index of the question and the fields behind. */
export interface Record {
  readonly kind: string;
  readonly index: number;
  readonly fields: readonly string[];
}

/** More than any script answers; each takes many times the memory of its text, of which a host may send a lot. */
const mostRecords = 20_000;
const mostFields = 12;

/**
 * The records of a script that ran to its end, whatever a login shell printed before; undefined where it did not, or
 * where more come than it can have.
 */
export function parseRecords(stdout: Buffer, id: string): readonly Record[] | undefined {
  const text = `\n${stdout.toString('latin1')}`;
  const mark = `\nkinit-${id}\n`;
  const found = text.indexOf(mark);
  const records: Record[] = [];
  for (let at = found + mark.length; found >= 0 && records.length <= mostRecords; ) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? undefined : end);
    if (line === 'end') return records;
    if (end < 0) return undefined;
    const [kind = '', index = '', ...fields] = line.split('|', mostFields);
    records.push({ kind, index: Number(index), fields });
    at = end + 1;
  }
  return undefined;
}

export interface ScriptAnswer extends CommandResult {
  readonly expired: boolean;
}

/** The record that the prelude's `answer` prints. */
export function parseAnswer({ fields: [code, expired, stdout = '', stderr = ''] }: Record): ScriptAnswer {
  return {
    code: Number(code),
    expired: expired === '1',
    stdout: fieldBytes(stdout).toString('utf8'),
    stderr: fieldBytes(stderr).toString('utf8'),
  };
}

/** The bytes of a base64 field. */
export function fieldBytes(field: string): Buffer {
  return Buffer.from(field, 'base64');
}
