import type { CommandResult } from '../host.ts';

/** One line of a script's answer: its kind, the index of the question and the fields behind. */
export interface Record {
  readonly kind: string;
  readonly index: number;
  readonly fields: readonly string[];
}

/** The records of a script that ran to its end, whatever a login shell printed before; undefined where it did not. */
export function parseRecords(stdout: Buffer, id: string): readonly Record[] | undefined {
  const lines = stdout.toString('latin1').split('\n');
  const first = lines.indexOf(`kinit-${id}`) + 1;
  const end = lines.indexOf('end', first);
  if (first === 0 || end < 0) return undefined;
  return lines.slice(first, end).map((line) => {
    const [kind = '', index = '', ...fields] = line.split('|');
    return { kind, index: Number(index), fields };
  });
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
