import { inspect } from 'node:util';

/** A value that printing, logging or serialising never shows; `reveal()` is the only way to it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
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

/** The text of a plain or secret value, for the place that really needs it. */
export function reveal(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
