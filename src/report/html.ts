import { printable } from '../printable.ts';

/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | readonly Markup[];

/** HTML of a template: what is filled in is text, which makes no markup and shows itself as a terminal would; Markup stays. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.reduce((text, part, at) => `${text}${filled(values[at - 1] ?? '')}${part}`));
}

function filled(value: Value): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('\n');
  return printable(String(value)).replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
