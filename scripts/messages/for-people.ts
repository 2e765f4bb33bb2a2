import type { CatalogPart } from '../../src/messages/catalog.ts';
import type { Message } from '../../src/messages/po.ts';
import type { Said } from './said.ts';

/** Texts of the source that a reader of Chinese has to understand, and the part of the catalog that has them. */
export interface ForPeople {
  readonly what: string;
  readonly part: CatalogPart;
  readonly has: (one: Said) => boolean;
}

/** Where a check or a rule puts what it tells. */
const told = /^(?:failure|warning|trouble|tell)#[01](?:>hole)?$|^(?:message|mend|evidence|cause|advice):(?:>hole)?$/;
const ended =
  /^(?:KinitError#0|hint:|message:|report#1|advice:|InputError#\d|refus\w*#\d|wrong#\d|problem#\d|untrusted#\d|EtcdError#1|WriteError#0|because#\d|warn#0)$/;
const described =
  /^(?:(?:description|option|requiredOption|argument|summary|Option|Argument)#[01]|help:|summary:|description:)$/;
/** Not for a terminal, or kubeadm's own. */
const otherReports = /^report\/(?:html|event-schema|explanation-text|plan-script|upgrade-plan-text|redact)\.ts$/;

export const forPeople: readonly ForPeople[] = [
  {
    what: 'what ends a command, and what to do about it',
    part: 'errors',
    has: ({ file, place }) => !/^(?:doctor|preflight|report)\//.test(file) && ended.test(place),
  },
  {
    what: 'what commands and flags are for',
    part: 'help',
    has: ({ file, place }) => /^(?:commands|config|host)\//.test(file) && described.test(place),
  },
  {
    what: 'what preflight says of a host',
    part: 'preflight',
    has: ({ file, place }) => file.startsWith('preflight/') && told.test(place),
  },
  {
    what: 'what doctor says of a node',
    part: 'doctor',
    has: ({ file, place }) =>
      /^(?:doctor\/|execute\/signs\.ts|workflows\/doctor\/doctor\.ts)/.test(file) && told.test(place),
  },
  {
    what: 'what a command tells when it is done',
    part: 'results',
    has: ({ file, text }) => file.startsWith('report/') && !otherReports.test(file) && !isLayout(text),
  },
];

/** A label beside what is put in: its own words are in the catalog in the forms that they take. */
function isLayout(text: string): boolean {
  return /^(?:mended|seen|error): |^\{counts\} on |^(?:if|for|export|put\(\)|: ")/.test(text);
}

/** Two words or more, of which one is no name; what kubeadm says in lines of its own is none. */
export function isSentence({ text }: Said): boolean {
  const words = text.replaceAll(/\{\w+\}/g, 'X');
  return /[a-z'’]{2,} [a-z]/i.test(words) && !/^(?:\[[\w/-]+\] |\[ERROR |#|<|\$|-----)/.test(text);
}

/** A sentence without the names of what is put in: those of the catalog are its own. */
export function formOf(text: string): string {
  return text.replaceAll(/\{[a-z]\w*\}/gi, '{}');
}

/** The texts that the catalog lacks. */
export function untranslated(said: readonly Said[], messages: readonly Message[], { has }: ForPeople): readonly Said[] {
  const known = new Set(messages.map(({ english }) => formOf(english)));
  return said.filter((one) => has(one) && isSentence(one) && !known.has(formOf(one.text)));
}
