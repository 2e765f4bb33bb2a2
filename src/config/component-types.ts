import { type GoScalar, type GoType, isPointerOrList, type Structure } from '../release/go-types.ts';
import type { TextOf, YamlPath } from '../yaml-place.ts';
import { describe, type FieldProblem, quoteHint } from './decode.ts';
import { isDuration } from './duration.ts';
import { withoutTokens } from './findings.ts';
import { isTime } from './rules.ts';

type Problems = readonly FieldProblem[];

/** A problem whose words wait for how the value is written in the file. */
interface Refused {
  readonly path: YamlPath;
  readonly refused: (written: string | undefined) => string;
}

/**
 * The values in a document that Go's types of its fields cannot hold, which kubeadm refuses when it decodes the document
 * (encoding/json; before v1.23 json-iterator). Null is as good as absent, but for a metav1.Duration that is no pointer.
 * Fields that `fields` does not have are passed over.
 */
export function typeProblems(document: unknown, fields: Structure, textOf: TextOf = () => undefined): Problems {
  return inStructure(document, fields, []).map(({ path, refused }) => ({ path, message: refused(textOf(path)) }));
}

function problemsOf(value: unknown, type: GoType, path: YamlPath): readonly Refused[] {
  if (value === undefined || (value === null && type !== 'metav1.Duration')) return [];
  if (typeof type === 'string') return inValue(value, type, path);
  if (!isPointerOrList(type)) return inStructure(value, type, path);
  return type[0] === '*' ? inStructure(value, type[1], path) : inList(value, type[1], path);
}

/** A value of a type that has a name: a scalar, a pointer to one, a list or a map of them. */
function inValue(value: unknown, type: string, path: YamlPath): readonly Refused[] {
  const [, prefix, rest = type] = /^(\*|\[\]|map\[string\])(.*)$/.exec(type) ?? [];
  if (prefix === '*') return inValue(value, rest, path);
  if (prefix === '[]') return inList(value, rest as GoType, path);
  if (prefix !== undefined) return inMap(value, rest as GoType, path);
  const { expected, holds } = scalars[type as GoScalar];
  return holds(value) ? [] : refused(value, typeof expected === 'string' ? expected : expected(value), path);
}

function inStructure(value: unknown, fields: Structure, path: YamlPath): readonly Refused[] {
  if (!isMapping(value)) return refused(value, 'a mapping', path);
  return Object.entries(value).flatMap(([name, given]) => {
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return type === undefined ? [] : problemsOf(given, type, [...path, name]);
  });
}

function inMap(value: unknown, type: GoType, path: YamlPath): readonly Refused[] {
  if (!isMapping(value)) return refused(value, 'a mapping', path);
  return Object.entries(value).flatMap(([name, item]) => problemsOf(item, type, [...path, name]));
}

function inList(value: unknown, type: GoType, path: YamlPath): readonly Refused[] {
  if (!Array.isArray(value)) return refused(value, 'a list', path);
  return value.flatMap((item, index) => problemsOf(item, type, [...path, index]));
}

interface ScalarRule {
  /** What to call the values that it holds. */
  readonly expected: string | ((instead: unknown) => string);
  readonly holds: (value: unknown) => boolean;
}

const int64 = wholeNumber(-(2n ** 63n), 2n ** 63n - 1n);
const duration: ScalarRule = { expected: 'a duration such as 1m30s', holds: ofText(isDuration) };

const scalars: Readonly<Record<GoScalar, ScalarRule>> = {
  bool: { expected: 'true or false', holds: (value) => typeof value === 'boolean' },
  string: { expected: 'text', holds: ofText(() => true) },
  int32: wholeNumber(-(2n ** 31n), 2n ** 31n - 1n),
  int64,
  uint32: wholeNumber(0n, 2n ** 32n - 1n),
  float32: { expected: 'a number', holds: (value) => typeof value === 'number' && Number.isFinite(Math.fround(value)) },
  float64: { expected: 'a number', holds: Number.isFinite },
  'metav1.Duration': duration,
  'metav1.Time': { expected: 'a time such as 2030-01-31T12:00:00Z', holds: ofText(isTime) },
  'resource.Quantity': {
    expected: 'a quantity such as 500Mi',
    holds: (value) => Number.isFinite(value) || ofText(isQuantity)(value),
  },
  'time.Duration': { ...int64, expected: 'a whole number of nanoseconds' },
  TimeOrMetaDuration: { ...duration, holds: (value) => int64.holds(value) || duration.holds(value) },
};

function wholeNumber(least: bigint, largest: bigint): ScalarRule {
  return {
    expected: (instead) =>
      Number.isInteger(instead) ? `a whole number from ${least} to ${largest}` : 'a whole number',
    holds: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= largest,
  };
}

function ofText(isIt: (text: string) => boolean): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && isIt(value);
}

/** k8s.io/apimachinery pkg/api/resource ParseQuantity, which passes over space around it. */
function isQuantity(text: string): boolean {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.test(text.trim());
}

function refused(value: unknown, expected: string, path: YamlPath): readonly Refused[] {
  return [
    {
      path,
      refused: (written) =>
        `has to be ${expected}, not ${foundAt(path, value, written)}${quoteHint(expected === 'text', value, written)}`,
    },
  ];
}

/** Headers may carry a password; other fields hold no secrets. */
function foundAt(path: YamlPath, value: unknown, written: string | undefined): string {
  if (typeof value !== 'string' || path[0] === 'staticPodURLHeader') return describe(value, written);
  const text = withoutTokens(value);
  return `the text ${JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text)}`;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
