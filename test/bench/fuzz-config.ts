import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { storedClusterDocument } from '../../src/config/convert.ts';
import { completeInit, initRequest } from '../../src/config/init.ts';
import { validate } from '../../src/config/migrate.ts';
import { anyNode } from '../../src/config/node-facts.ts';
import { readConfigFile } from '../../src/config/read.ts';
import { InputError } from '../../src/errors.ts';
import { requiredImages } from '../../src/manifests/images.ts';
import { kubeProxyConfiguration } from '../../src/manifests/kube-proxy-configuration.ts';
import { kubeletConfigMapConfiguration } from '../../src/manifests/kubelet-configuration.ts';
import { releaseFor } from '../../src/release/release.ts';
import { parseYaml, toYaml } from '../../src/yaml.ts';

export interface FuzzFailure {
  readonly text: string;
  readonly why: string;
}

export interface FuzzResult {
  readonly cases: number;
  readonly accepted: number;
  readonly refused: number;
  readonly failures: readonly FuzzFailure[];
}

/** Milliseconds that one case may take; a case that hangs is a failure. */
const patience = 5_000;
const file = 'fuzz.yaml';
const token = 'abcdef.0123456789abcdef';

/** Feeds `runs` damaged configurations to kinit: each has to be accepted, or refused with the place of what is wrong. */
export async function fuzzConfig(runs: number, seed = Date.now()): Promise<FuzzResult> {
  const failures: FuzzFailure[] = [];
  let accepted = 0;
  for (const text of fc.sample(damagedConfig, { numRuns: runs, seed })) {
    const started = performance.now();
    const why = await tryCase(text);
    if (why === undefined) accepted++;
    else if (why !== refusedWell) failures.push({ text, why });
    if (performance.now() - started > patience) failures.push({ text, why: 'took too long' });
  }
  return { cases: runs, accepted, refused: runs - accepted - failures.length, failures };
}

const refusedWell = 'refused, with a place';

/** undefined: accepted. */
async function tryCase(text: string): Promise<string | undefined> {
  try {
    const documents = await readConfigFile(text, file);
    validate(documents, { facts: anyNode, newToken: () => token, warn: () => undefined });
    if (documents.init || documents.cluster) render(initRequest({ documents, flags: {} }));
    return undefined;
  } catch (error) {
    if (!(error instanceof InputError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
    const placeless = error.problems.filter(({ place, message }) => !place.startsWith(file) || message === '');
    if (placeless.length > 0) return `without a place: ${JSON.stringify(placeless)}`;
    return error.message.includes(token) ? 'shows a token' : refusedWell;
  }
}

/** What is accepted must be fit for everything that is made of it. */
function render(request: ReturnType<typeof initRequest>): void {
  if (!request.version || !('exact' in request.version)) return;
  const release = releaseFor(request.version.exact);
  const config = completeInit(request, { facts: anyNode, version: release.version, newToken: () => token });
  const objects = [
    storedClusterDocument(config.cluster, release),
    kubeletConfigMapConfiguration(config, release, { systemdResolved: false }),
    kubeProxyConfiguration(config, release),
    requiredImages(config.cluster, release),
  ];
  for (const object of objects) parseYaml(`---\n${toYaml({ object })}`, 'rendered.yaml');
}

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
