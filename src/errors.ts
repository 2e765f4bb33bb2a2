import { defined } from './defined.ts';
/** Exit codes of the command line; the contract that scripts rely on. */
export const exitCodes = {
  done: 0,
  phaseFailed: 1,
  preflight: 2,
  badInput: 3,
  someHostsFailed: 4,
  differences: 5,
  trustRefused: 6,
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface ErrorContext {
  readonly exitCode?: ExitCode;
  /** The host it happened on, as the user named it. */
  readonly host?: string;
  /** What to do next: a sentence or the command that mends it. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Every line of the message is kinit's own; otherwise those after the first may be a machine's and are marked. */
  readonly ownLines?: boolean;
}

/** An expected failure: printed as a sentence without a stack. Anything else that is thrown is a bug of ours. */
export class KinitError extends Error {
  override readonly name: string = 'KinitError';
  readonly exitCode: ExitCode;
  readonly host: string | undefined;
  readonly hint: string | undefined;
  readonly ownLines: boolean;

  constructor(message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.exitCode = context.exitCode ?? exitCodes.phaseFailed;
    this.host = context.host;
    this.hint = context.hint;
    this.ownLines = context.ownLines === true;
  }
}

/** One thing that is wrong with what the user gave, and where. */
export interface InputProblem {
  /** 'cluster.yaml:12 networking.podSubnet', '--pod-network-cidr', ... */
  readonly place: string;
  readonly message: string;
}

/** Bad flags or configuration: every problem at once, exit 3, nothing touched. */
export class InputError extends KinitError {
  override readonly name = 'InputError';
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[], hint?: string) {
    super(problems.map(({ place, message }) => (place ? `${place}: ${message}` : message)).join('\n'), {
      exitCode: exitCodes.badInput,
      ...defined({ hint }),
    });
    this.problems = problems;
  }
}
