import * as z from 'zod';
import { schemas } from '../../src/config/schema/kinds.ts';
import { inventoryJsonSchema } from '../../src/inventory/schema.ts';
import { apiVersions } from '../../src/release/config-api.ts';
import { code, made, table, words } from './markdown.ts';

/** What of a JSON Schema is told here. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
}

interface Field {
  /** `hosts[].ssh.user` */
  readonly path: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

/** The page of the configuration: every field of an Inventory, and which fields of kubeadm's documents are read. */
export function configurationPage(): string {
  const { properties = {}, required = [] } = inventoryJsonSchema() as Schema;
  const parts = Object.entries(properties).filter(([name]) => !['apiVersion', 'kind'].includes(name));
  return `# Configuration
${made('the schemas')}
A file may hold several documents between lines of ${code('---')}: one ${code('Inventory')}, and kubeadm's. Fields that are
unknown or stand twice are errors, with their line; ${code('kinit config validate --config FILE')} looks for them without touching
a host. ${code('kinit config schema')} prints the JSON Schema of the Inventory for an editor, ${code('kinit config print inventory-defaults')} what
it takes for granted.

## Inventory

${code('apiVersion: kinit.dev/v1alpha1')}, ${code('kind: Inventory')}: the machines, and what is to be made of them.

${parts.map(([name, schema]) => part(name, schema, required.includes(name))).join('\n')}
## kubeadm's documents

${code('apiVersion: kubeadm.k8s.io/VERSION')}. What the fields mean is [kubeadm's](https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/);
these are read, in these versions. ${code('kinit config migrate')} writes an older file in a newer version. A KubeletConfiguration
(${code('kubelet.config.k8s.io/v1beta1')}) and a KubeProxyConfiguration (${code('kubeproxy.config.k8s.io/v1alpha1')}) may stand
in the same file; their fields are those of the kubelet and of kube-proxy of your version.

${kubeadmKinds().map(kubeadmKind).join('\n')}`;
}

function part(name: string, schema: Schema, isRequired: boolean): string {
  const note = schema.description === undefined ? '' : `${words(sentence(schema.description))}\n\n`;
  const rows = fieldsOf({ path: name, schema, isRequired })
    .slice(schema.properties === undefined ? 0 : 1)
    .map(({ path, schema: field, isRequired: wanted }) => [
      code(path),
      typeOf(field),
      wanted ? 'required' : defaultOf(field),
      words(field.description ?? ''),
    ]);
  return `### ${name}\n\n${note}${table(['field', 'value', 'default', 'what it is'], rows)}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** A field and all below it. */
function fieldsOf(field: Field): readonly Field[] {
  const { path, schema } = field;
  const inside = schema.items ?? schema;
  const at = schema.items === undefined ? path : `${path}[]`;
  const { properties = {}, required = [] } = inside;
  const below = Object.entries(properties).flatMap(([name, each]) =>
    fieldsOf({
      path: `${at}.${name}`,
      schema: each,
      isRequired: required.includes(name) && each.default === undefined,
    }),
  );
  return [field, ...below];
}

function typeOf(schema: Schema): string {
  const { anyOf, enum: choices, const: only, items, additionalProperties: values, minimum, maximum } = schema;
  if (choices !== undefined) return choices.map((choice) => code(String(choice))).join(', ');
  if (only !== undefined) return code(String(only));
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  if (items !== undefined) return items.properties === undefined ? `list: ${typeOf(items)}` : 'list';
  if (typeof values === 'object') return `names with values: ${typeOf(values)}`;
  const isBounded = minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  const types = [schema.type ?? ''].flat().map((type) => typeNames[type] ?? 'fields');
  return `${types.join(' or ')}${isBounded ? ` ${minimum} to ${maximum}` : ''}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: '`true`, `false`',
  integer: 'number',
};

function defaultOf({ default: value, properties }: Schema): string {
  if (value === undefined || properties !== undefined) return '';
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Every kind, and for each of its fields the versions that have it. */
function kubeadmKinds(): readonly (readonly [string, ReadonlyMap<string, readonly string[]>])[] {
  const kinds = [...new Set(apiVersions.flatMap((version) => Object.keys(schemas[version])))].sort();
  return kinds.map((kind) => {
    const versionsOf = new Map<string, readonly string[]>();
    for (const version of apiVersions) {
      const schema = schemas[version][kind as keyof (typeof schemas)['v1beta4']];
      if (schema === undefined) continue;
      const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;
      for (const path of paths(root)) versionsOf.set(path, [...(versionsOf.get(path) ?? []), version]);
    }
    return [kind, versionsOf] as const;
  });
}

/** The paths of all fields below a schema, those that a document has anyway apart. */
function paths(schema: Schema): readonly string[] {
  const inside = (schema.anyOf ?? [schema]).find((one) => one.properties ?? one.items) ?? schema;
  if (inside.items !== undefined) return paths(inside.items).map((path) => `[]${path === '' ? '' : '.'}${path}`);
  const below = Object.entries(inside.properties ?? {}).filter(([name]) => !['apiVersion', 'kind'].includes(name));
  return below.flatMap(([name, each]) => {
    const deeper = paths(each).map((path) => (path.startsWith('[]') ? `${name}${path}` : `${name}.${path}`));
    return deeper.length === 0 ? [name] : deeper;
  });
}

function kubeadmKind([kind, versionsOf]: readonly [string, ReadonlyMap<string, readonly string[]>]): string {
  const rows = [...versionsOf]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, versions]) => [code(path), span(versions)]);
  return `### ${kind}\n\n${table(['field', 'in'], rows)}`;
}

/** Versions without a gap, as they are said. */
function span(versions: readonly string[]): string {
  const [first = '', last = ''] = [versions[0], versions.at(-1)];
  const [isOld, isNew] = [first === apiVersions[0], last === apiVersions.at(-1)];
  if (isOld && isNew) return 'all';
  if (versions.length === 1) return first;
  if (isNew) return `${first} on`;
  return isOld ? `up to ${last}` : `${first} to ${last}`;
}
