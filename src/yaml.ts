import {
  type AliasEvent,
  DEFAULT_SCALAR_STYLE_RULES,
  dump,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  type ScalarLayout,
  type SequenceEvent,
  YAMLException,
} from 'js-yaml';
import { InputError, type InputProblem } from './errors.ts';
import { isPrintable, yamlEscaped } from './printable.ts';
import { refuseHiddenBreaks, wellFormed } from './yaml-characters.ts';
import { document, leaf, type Part, plainObject, type YamlDocument } from './yaml-part.ts';
import { excerpt, lineIndex, placeText, type YamlPath } from './yaml-place.ts';
import { needsQuotes, resolvePlain } from './yaml-scalar.ts';

export interface ParseYamlOptions {
  /** Hears of each duplicate key (the last one wins, as in Go); without it duplicates are errors. */
  readonly onDuplicate?: (problem: InputProblem) => void;
}

/** Far above any real file; an API server refuses objects of more than 1.5 MiB. */
const maxCharacters = 4 * 1024 * 1024;
/** Values after aliases are expanded, against "billion laughs". */
const maxValues = 200_000;
const maxDepth = 64;

/**
 * The documents of `text` that are not empty. Scalars mean what they mean to Go (and so to kubeadm): `yes` is a boolean.
 * Throws InputError with file, line and excerpt for broken YAML, and for duplicate keys unless somebody listens to them.
 */
export function parseYaml(text: string, file: string, options: ParseYamlOptions = {}): YamlDocument[] {
  if (text.length > maxCharacters) {
    throw new InputError([{ place: file, message: `is larger than ${maxCharacters / 1024 / 1024} MiB` }]);
  }
  refuseHiddenBreaks(text, file);
  const duplicates: InputProblem[] = [];
  const reader = new Reader(text, file, readEvents(text, file), options.onDuplicate ?? ((p) => duplicates.push(p)));
  const documents = reader.documents();
  if (duplicates.length > 0) throw new InputError(duplicates);
  return documents;
}

/**
 * The YAML text of `value` as Go's sigs.k8s.io/yaml prints it: keys alphabetical (unless `sortKeys` is false), lists not
 * indented, `|` for text of several lines, no `---`, no references, no folding. What is no printable character is escaped,
 * so that every reader sees the same lines; halves of surrogate pairs, which no file can hold, become U+FFFD.
 */
export function toYaml(value: unknown, { sortKeys = true }: { readonly sortKeys?: boolean } = {}): string {
  const scalarStyleRules = [quoteAsGo, ...Object.values(DEFAULT_SCALAR_STYLE_RULES)];
  const options = { sortKeys, noRefs: true, lineWidth: -1, seqNoIndent: true, scalarStyleRules };
  return yamlEscaped(dump(wellFormed(value), options));
}

/** In quotes stands what Go would read otherwise, and what deceives a person or steers a terminal: there it can be escaped. */
function quoteAsGo(layout: ScalarLayout): void {
  const { tag, value } = layout.node;
  const otherwise = tag === 'tag:yaml.org,2002:str' && layout.style === SCALAR_STYLE.PLAIN && needsQuotes(value);
  if (otherwise || !isPrintable(value)) layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
}

function readEvents(text: string, file: string): Event[] {
  try {
    return parseEvents(text, { filename: file, maxDepth });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw new InputError([{ place: file, message: 'is not readable as YAML' }]);
    const line = (error.mark?.line ?? 0) + 1;
    throw new InputError([{ place: `${file}:${line}`, message: `broken YAML: ${explain(error, text, line)}` }]);
  }
}

function explain(error: YAMLException, text: string, line: number): string {
  const source = text.split(/\r\n|\r|\n/)[line - 1] ?? '';
  if (/^ *\t/.test(source)) return 'a tab indents this line; YAML takes only spaces there';
  return `${error.reason}${excerpt(source)}`;
}

/** Builds values from the event stream and remembers where each stood; js-yaml's own loader forgets. */
class Reader {
  readonly #text: string;
  readonly #file: string;
  readonly #events: readonly Event[];
  readonly #lineAt: (offset: number) => number;
  readonly #onDuplicate: (problem: InputProblem) => void;
  #next = 0;
  #anchors = new Map<string, Part>();

  constructor(text: string, file: string, events: readonly Event[], onDuplicate: (problem: InputProblem) => void) {
    this.#text = text;
    this.#file = file;
    this.#events = events;
    this.#lineAt = lineIndex(text);
    this.#onDuplicate = onDuplicate;
  }

  documents(): YamlDocument[] {
    const documents: YamlDocument[] = [];
    while (this.#next < this.#events.length) {
      this.#next++;
      this.#anchors = new Map();
      const root = this.#part([], 1);
      this.#next++;
      if (root.value !== null) documents.push(document(root, this.#file));
    }
    return documents;
  }

  #part(path: YamlPath, parentLine: number): Part {
    const event = this.#events[this.#next++];
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return this.#anchored(event, this.#scalar(event, path, parentLine));
      case EVENT_ID.SEQUENCE:
        return this.#anchored(event, this.#sequence(event, path));
      case EVENT_ID.MAPPING:
        return this.#anchored(event, this.#mapping(event, path));
      case EVENT_ID.ALIAS:
        return this.#alias(event, path);
      default:
        throw this.#error(parentLine, path, 'is not readable as YAML');
    }
  }

  #scalar(event: ScalarEvent, path: YamlPath, parentLine: number): Part {
    const line = event.valueStart < 0 ? parentLine : this.#lineAt(event.valueStart);
    const text = getScalarValue(this.#text, event);
    const tag = this.#tag(event);
    const plain = event.style === SCALAR_STYLE.PLAIN;
    if (tag === '!!str' || tag === '!' || (tag === undefined && !plain)) return leaf(text, line);
    const value = resolvePlain(text);
    if (Number.isNaN(value))
      throw this.#error(
        line,
        path,
        `the number ${shortened(text)} is out of range; where text is meant, put it in quotes`,
      );
    if (tag !== undefined && !scalarTags[tag]?.(value)) throw this.#error(line, path, `${text} is not a ${tag}`);
    return { ...leaf(value, line), text };
  }

  #sequence(event: SequenceEvent, path: YamlPath): Part {
    const line = this.#lineAt(event.start);
    this.#expectTag(event, '!!seq', line, path);
    const value: unknown[] = [];
    const parts = new Map<number, Part>();
    let size = 1;
    while (!this.#closes()) {
      const part = this.#part([...path, value.length], line);
      parts.set(value.length, part);
      value.push(part.value);
      size = this.#grow(size, part, path);
    }
    return { value, line, parts, size };
  }

  #mapping(event: MappingEvent, path: YamlPath): Part {
    const line = this.#lineAt(event.start);
    this.#expectTag(event, '!!map', line, path);
    const parts = new Map<string, Part>();
    const merged: Part[] = [];
    let size = 1;
    while (!this.#closes()) {
      const key = this.#key(path, line);
      const name = key.value;
      const part = this.#part([...path, name], key.line);
      size = this.#grow(size, part, path);
      if (key.merge) merged.push(...this.#mergeSources(part, path));
      else {
        if (parts.has(name)) this.#duplicate(name, key.line, path, parts.get(name));
        parts.set(name, { ...part, line: key.line });
      }
    }
    for (const source of merged) {
      for (const [name, part] of source.parts) if (!parts.has(String(name))) parts.set(String(name), part);
    }
    return { value: plainObject(parts), line, parts, size };
  }

  #alias(event: AliasEvent, path: YamlPath): Part {
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    const part = this.#anchors.get(name);
    const line = this.#lineAt(event.anchorStart);
    if (!part) throw this.#error(line, path, `*${name} refers to nothing that stands before it`);
    return part;
  }

  #anchored(event: ScalarEvent | SequenceEvent | MappingEvent, part: Part): Part {
    if (event.anchorStart >= 0) this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), part);
    return part;
  }

  #closes(): boolean {
    if (this.#events[this.#next]?.type !== EVENT_ID.POP) return false;
    this.#next++;
    return true;
  }

  #grow(size: number, part: Part, path: YamlPath): number {
    const total = size + part.size;
    if (total > maxValues) throw this.#error(part.line, path, `holds more than ${maxValues} values`);
    return total;
  }

  /** A key is the text that stands there, whatever it would mean as a value. */
  #key(path: YamlPath, parentLine: number): { readonly value: string; readonly line: number; readonly merge: boolean } {
    const event = this.#events[this.#next];
    const key = this.#part(path, parentLine);
    if (event?.type === EVENT_ID.SCALAR) {
      const value = getScalarValue(this.#text, event);
      return { value, line: key.line, merge: value === '<<' && event.style === SCALAR_STYLE.PLAIN };
    }
    if (typeof key.value === 'string') return { value: key.value, line: key.line, merge: false };
    throw this.#error(key.line, path, 'has a key that is not a name');
  }

  #mergeSources(part: Part, path: YamlPath): readonly Part[] {
    const sources = Array.isArray(part.value) ? [...part.parts.values()] : [part];
    const wrong = sources.find(({ value }) => typeof value !== 'object' || value === null || Array.isArray(value));
    if (wrong) throw this.#error(wrong.line, path, '<< takes a mapping or a list of mappings');
    return sources;
  }

  #duplicate(name: string, line: number, path: YamlPath, first: Part | undefined): void {
    const message = `is given twice, first in line ${first?.line ?? '?'}`;
    this.#onDuplicate({ place: placeText(this.#file, line, [...path, name]), message });
  }

  #expectTag(event: SequenceEvent | MappingEvent, expected: string, line: number, path: YamlPath): void {
    const tag = this.#tag(event);
    if (tag !== undefined && tag !== expected && tag !== '!')
      throw this.#error(line, path, `the tag ${tag} is not known`);
  }

  #tag(event: ScalarEvent | SequenceEvent | MappingEvent): string | undefined {
    return event.tagStart < 0 ? undefined : this.#text.slice(event.tagStart, event.tagEnd);
  }

  #error(line: number, path: YamlPath, message: string): InputError {
    return new InputError([{ place: placeText(this.#file, line, path), message }]);
  }
}

const scalarTags: Readonly<Record<string, (value: unknown) => boolean>> = {
  '!!int': Number.isInteger,
  '!!float': (value) => typeof value === 'number',
  '!!bool': (value) => typeof value === 'boolean',
  '!!null': (value) => value === null,
};

/** A number of many digits may be a key that lacks its quotes. */
function shortened(text: string): string {
  return text.length > 24 ? `${text.slice(0, 8)}...` : text;
}
