import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseYaml, toYaml } from '../../src/yaml.ts';

/** Examples with something wrong in them, `count` of them; the same for the same seed. */
export function damagedConfigs(count: number, seed: number): readonly string[] {
  return fc.sample(damagedConfig, { numRuns: count, seed });
}

const file = 'example.yaml';
const token = 'abcdef.0123456789abcdef';

const folder = join(import.meta.dirname, '..', '..', 'examples');
const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(folder, name), 'utf8'));

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    '',
    [],
    {},
    [[]],
    [{}],
    { a: { b: {} } },
    '\u0000',
    '__proto__',
    'constructor',
  ),
  fc.constantFrom<unknown>(
    -1,
    0,
    0.5,
    65536,
    1e21,
    9007199254740992,
    '0x1F',
    '1e3',
    '10.0.0.0/8',
    '::/0',
    '0.0.0.0',
    token,
  ),
  fc.constantFrom<unknown>(
    '0s',
    '-1h',
    '99999999h',
    '1.2.3',
    'v1.99.0',
    'stable-1',
    '/',
    '..',
    'a'.repeat(300),
    '💥\u202e',
    'é.example',
  ),
  fc.string({ unit: 'binary' }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Changes to the values of a document. */
const treeDamage = fc.record({
  where: fc.nat(),
  how: fc.constantFrom('replace', 'delete', 'rename', 'add', 'wrap'),
  junk,
  name: fc.string(),
});
type TreeDamage = typeof treeDamage extends fc.Arbitrary<infer T> ? T : never;

/** Changes to the text of a file. */
const textDamage = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 40 }),
  how: fc.constantFrom('cut', 'insert', 'repeat line', 'tab', 'alias', 'truncate', 'binary', 'separator'),
  text: fc.string({ unit: 'binary', maxLength: 20 }),
});
type TextDamage = typeof textDamage extends fc.Arbitrary<infer T> ? T : never;

const damagedConfig: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...examples),
    fc.array(treeDamage, { maxLength: 3 }),
    fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(textDamage, { maxLength: 3 }) },
    ),
  )
  .map(([example, trees, texts]) => {
    const values = trees.length === 0 ? undefined : parseYaml(example, file).map(({ value }) => value);
    const damaged = values === undefined ? example : trees.reduce(damageTree, values).map(asYaml).join('---\n');
    return texts.reduce(damageText, damaged);
  });

function asYaml(value: unknown): string {
  return toYaml(value, { sortKeys: false });
}

function damageTree(documents: unknown[], { where, how, junk: value, name }: TreeDamage): unknown[] {
  const copy = structuredClone(documents);
  const places = allPlaces(copy);
  const place = places[where % Math.max(places.length, 1)];
  if (!place) return copy;
  const { parent, key } = place;
  const old = (parent as Record<string | number, unknown>)[key];
  const put = (at: string | number, what: unknown) =>
    Object.defineProperty(parent, at, { value: what, enumerable: true, writable: true, configurable: true });
  if (how === 'replace') put(key, value);
  else if (how === 'delete') Reflect.deleteProperty(parent, key);
  else if (how === 'rename') put(String(key).toLowerCase() + name.slice(0, 2), old);
  else if (how === 'add') put(Array.isArray(parent) ? parent.length : name, value);
  else put(key, [old, { [name]: old }]);
  return copy;
}

function allPlaces(value: unknown): { readonly parent: object; readonly key: string | number }[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  const children = keys.map((key) => (value as Record<string | number, unknown>)[key]);
  return [...keys.map((key) => ({ parent: value, key })), ...children.flatMap(allPlaces)];
}

function damageText(source: string, { at, length, how, text }: TextDamage): string {
  const start = at % Math.max(source.length, 1);
  const lineStart = source.lastIndexOf('\n', start) + 1;
  const lineEnd = source.indexOf('\n', start) + 1 || source.length;
  const insert = (where: number, what: string) => source.slice(0, where) + what + source.slice(where);
  switch (how) {
    case 'cut':
      return source.slice(0, start) + source.slice(start + length);
    case 'repeat line':
      return insert(lineEnd, source.slice(lineStart, lineEnd));
    case 'tab':
      return insert(lineStart, '\t');
    case 'alias':
      return insert(start, start % 2 ? ' &a ' : ' *a ');
    case 'truncate':
      return source.slice(0, start);
    case 'binary':
      return Buffer.from(source.slice(start)).toString('latin1') + text;
    case 'separator':
      return insert(lineStart, '---\n');
    default:
      return insert(start, text);
  }
}
