/** A plain scalar as Go's YAML library reads it, and so kubeadm and the kubelet do. */
export type YamlScalar = string | number | boolean | null;

const words: ReadonlyMap<string, YamlScalar> = new Map<string, YamlScalar>([
  ...cased('y', true),
  ...cased('yes', true),
  ...cased('true', true),
  ...cased('on', true),
  ...cased('n', false),
  ...cased('no', false),
  ...cased('false', false),
  ...cased('off', false),
  ...cased('null', null),
  ['~', null],
  ['', null],
]);

const integer = /^[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*|0)$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/;
const special = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/**
 * The value of an unquoted scalar: YAML 1.1 booleans (`yes`, `off`), octal and hexadecimal integers, floats; a date stays
 * text (go-yaml v2's resolve table, which sigs.k8s.io/yaml uses). A number that JSON cannot carry comes back as NaN.
 */
export function resolvePlain(text: string): YamlScalar {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (integer.test(text)) return toInteger(text.replaceAll('_', ''));
  if (float.test(text)) return Number(text.replaceAll('_', ''));
  return special.test(text) ? Number.NaN : text;
}

/** Go would read this text as something else than a string, or once did (base 60, dates): it has to be quoted. */
export function needsQuotes(text: string): boolean {
  return typeof resolvePlain(text) !== 'string' || others.some((pattern) => pattern.test(text));
}

const sexagesimal = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const date = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:$|[Tt \t][0-9])/;
/** Values of their own in YAML 1.1, and what may end a document where a line begins with it. */
const marks = /^(?:<<|=|(?:---|\.\.\.).*)$/s;
const others = [sexagesimal, date, marks];

function toInteger(text: string): number {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '');
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const value = Number(octal);
  if (!Number.isSafeInteger(value)) return Number.NaN;
  return negative && value !== 0 ? -value : value;
}

function cased(word: string, value: YamlScalar): [string, YamlScalar][] {
  const capital = word.charAt(0).toUpperCase() + word.slice(1);
  return [...new Set([word, capital, word.toUpperCase()])].map((form) => [form, value]);
}
