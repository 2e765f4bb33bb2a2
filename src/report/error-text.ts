import { defined } from '../defined.ts';
import { InputError, KinitError } from '../errors.ts';
import { marked, printable } from '../printable.ts';

export interface ErrorTextOptions {
  readonly verbosity: number;
  /** It is only that the user pressed Ctrl-C. */
  readonly interrupted?: boolean;
  /** Under which `kinit explain` tells more. */
  readonly codes?: readonly string[];
}

/** What a person reads when a command fails: what, where, and what to do. No stack but at `-v 5` or for a bug of ours. */
export function errorText(error: unknown, { verbosity, interrupted = false, codes = [] }: ErrorTextOptions): string {
  if (interrupted) return `interrupted: ${hintAfterCtrlC(error)}\n`;
  if (!(error instanceof KinitError)) return `${bug(error)}${moreOf(codes)}`;
  const where = error.host === undefined ? '' : `${error.host}: `;
  const message =
    error instanceof InputError
      ? inputProblems(error)
      : `error: ${where}${error.ownLines ? error.message : marked(error.message)}`;
  const hint = error.hint === undefined ? '' : `\n  ${error.hint}`;
  const stack = verbosity >= 5 ? `\n${stacks(error)}` : '';
  return printable(`${message}${hint}${stack}\n${moreOf(codes)}`);
}

/** The same for a machine: what failed, where, and what to do. */
export function errorObject(
  error: unknown,
  { interrupted = false, codes }: Pick<ErrorTextOptions, 'interrupted' | 'codes'>,
): { readonly error: string; readonly host?: string; readonly hint?: string; readonly codes?: readonly string[] } {
  if (interrupted) return { error: 'interrupted', hint: hintAfterCtrlC(error) };
  if (!(error instanceof KinitError))
    return { error: `a bug in kinit: ${error instanceof Error ? error.message : error}`, ...defined({ codes }) };
  const { message, host, hint } = error;
  return { error: message, ...defined({ host, hint, codes }) };
}

/** `  more: kinit explain KINIT-1203`; nothing where there is no code. */
export function moreOf(codes: readonly string[]): string {
  return codes.length === 0 ? '' : `  more: ${codes.map((code) => `kinit explain ${code}`).join(', ')}\n`;
}

function inputProblems({ problems }: InputError): string {
  if (problems.length === 1) return `error: ${problems.map(line).join('')}`;
  return [`error: ${problems.length} problems:`, ...problems.map((problem) => `  ${line(problem)}`)].join('\n');
}

function line({ place, message }: { place: string; message: string }): string {
  return marked(place ? `${place}: ${message}` : message);
}

function hintAfterCtrlC(error: unknown): string {
  return error instanceof KinitError && error.hint
    ? error.hint
    : 'what is done stays done; run the same command again to go on from here';
}

function bug(error: unknown): string {
  return `error: this is a bug in kinit, please report it with the lines below\n${stacks(error)}\n`;
}

function stacks(error: unknown): string {
  const own = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return error instanceof Error && error.cause !== undefined ? `${own}\ncaused by: ${stacks(error.cause)}` : own;
}
