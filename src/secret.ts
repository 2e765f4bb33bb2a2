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
