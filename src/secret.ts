import { inspect } from 'node:util';

/** A value that printing, logging or serialising never shows; `reveal()` is the only way to it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    if (canBeTold(value)) known.add(value);
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '<redacted>';
  }

  toJSON(): string {
    return '<redacted>';
  }

  [inspect.custom](): string {
    return 'Secret <redacted>';
  }
}

/**
 * The secrets of this run that could stand in a line of text, for the last net before something is told. Short ones are
 * left out, or they would take words out of every sentence; keys of several lines are known by their shape.
 */
export function knownSecrets(): Iterable<string> {
  return known;
}

const known = new Set<string>();

function canBeTold(value: string): boolean {
  return value.length >= 8 && value.length <= 512 && !/[\n\r]/.test(value);
}

/** The text of a plain or secret value, for the place that really needs it. */
export function reveal(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}

/**
 * A bootstrap token by its shape; its id is the first group. A name of more parts is one of DNS, and so is what a user,
 * `//` or a port stands beside. A newline in JSON ends in a letter.
 */
export const tokenShape =
  /(?:(?<![a-z0-9.@-]|\/\/)|(?<=\\[nt]))([a-z0-9]{6})\.[a-z0-9]{16}(?![a-z0-9]|\.[a-z0-9]|-[a-z0-9]|:\d)/g;

/** A line that others wrote without what may be a token or a key in it: long paths and long words are none. */
export function withoutKeys(line: string): string {
  return line
    .replace(tokenShape, '<redacted>')
    .replace(/[0-9a-fA-F]{32,}|(?=[A-Za-z+/_-]*\d)(?=[a-z0-9+/_-]*[A-Z])[A-Za-z0-9+/_-]{32,}=*/g, '<redacted>');
}
