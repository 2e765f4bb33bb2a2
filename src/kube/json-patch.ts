import { isDeepStrictEqual } from 'node:util';
import { isRecord } from './merge-patch.ts';

/** `target` after a JSON patch (RFC 6902). Throws RangeError saying which operation does not fit. */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new RangeError('a JSON patch is a list of operations');
  return patch.reduce<unknown>((current, operation, index) => {
    if (!isRecord(operation)) throw new RangeError(`operation ${index} is not an object`);
    return applyOperation(current, operation);
  }, target);
}

type Operation = Readonly<Record<string, unknown>>;

function applyOperation(document: unknown, operation: Operation): unknown {
  const { op } = operation;
  const apply = typeof op === 'string' ? operations.get(op) : undefined;
  if (!apply) throw new RangeError(`"${String(op)}" is no operation of RFC 6902`);
  return apply(document, operation);
}

const operations = new Map<string, (document: unknown, operation: Operation) => unknown>([
  ['add', (document, operation) => add(document, pointer(operation, 'path'), givenValue(operation))],
  ['remove', (document, operation) => remove(document, pointer(operation, 'path'))],
  ['replace', (document, operation) => replace(document, pointer(operation, 'path'), givenValue(operation))],
  [
    'move',
    (document, operation) => {
      const from = pointer(operation, 'from');
      return add(remove(document, from), pointer(operation, 'path'), get(document, from));
    },
  ],
  [
    'copy',
    (document, operation) => add(document, pointer(operation, 'path'), get(document, pointer(operation, 'from'))),
  ],
  [
    'test',
    (document, operation) => {
      const path = pointer(operation, 'path');
      if (isDeepStrictEqual(get(document, path), givenValue(operation))) return document;
      throw new RangeError(`the test of "${operation['path']}" failed`);
    },
  ],
]);

/** RFC 6901. */
function pointer(operation: Operation, field: 'path' | 'from'): readonly string[] {
  const text = operation[field];
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) {
    throw new RangeError(`"${field}" is no JSON pointer such as /spec/containers/0`);
  }
  const steps = text.split('/').slice(1);
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function givenValue(operation: Operation): unknown {
  if (!('value' in operation)) throw new RangeError(`"${String(operation['op'])}" has no value`);
  return operation['value'];
}

function get(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((parent, step) => {
    if (Array.isArray(parent)) return parent[existingIndex(parent, step)];
    if (isRecord(parent) && Object.hasOwn(parent, step)) return parent[step];
    throw absent(step);
  }, document);
}

function add(document: unknown, path: readonly string[], value: unknown): unknown {
  return change(document, path, value, (list, step) =>
    list.toSpliced(step === '-' ? list.length : position(list, step), 0, value),
  );
}

function replace(document: unknown, path: readonly string[], value: unknown): unknown {
  get(document, path);
  return change(document, path, value, (list, step) => list.with(existingIndex(list, step), value));
}

function remove(document: unknown, path: readonly string[]): unknown {
  get(document, path);
  return change(document, path, undefined, (list, step) => list.toSpliced(existingIndex(list, step), 1));
}

/** The document with the last step of `path` changed; an undefined value takes the member away. */
function change(
  document: unknown,
  [step, ...rest]: readonly string[],
  value: unknown,
  inList: (list: readonly unknown[], step: string) => unknown,
): unknown {
  if (step === undefined) return value;
  if (Array.isArray(document)) {
    if (rest.length === 0) return inList(document, step);
    const index = existingIndex(document, step);
    return document.with(index, change(document[index], rest, value, inList));
  }
  if (!isRecord(document)) throw absent(step);
  const members = new Map(Object.entries(document));
  if (rest.length > 0) {
    if (!members.has(step)) throw absent(step);
    members.set(step, change(members.get(step), rest, value, inList));
  } else if (value === undefined) members.delete(step);
  else members.set(step, value);
  return Object.fromEntries(members);
}

function existingIndex(list: readonly unknown[], step: string): number {
  const index = position(list, step);
  if (index >= list.length) throw absent(step);
  return index;
}

function position(list: readonly unknown[], step: string): number {
  const index = /^(0|[1-9]\d*)$/.test(step) ? Number(step) : Number.NaN;
  if (!(index <= list.length)) throw absent(step);
  return index;
}

function absent(step: string): RangeError {
  return new RangeError(`there is no "${step}" at that place`);
}
