import { quote, quoteAll } from '../../host/shell/quote.ts';
import type { KubeObject } from '../../kube/client.ts';
import { toYaml } from '../../yaml.ts';
import { type ObjectChange, objectKey } from '../change.ts';
import { performObjects } from '../perform-objects.ts';
import { says } from '../same-object.ts';
import { isApplied } from '../stamp.ts';
import { brief } from './brief.ts';
import type { Entry, Kind } from './kind.ts';

/** An object of the cluster. */
export const object: Kind<ObjectChange> = {
  holds: ({ sealed, how, object }, { objects }) => {
    if (sealed) return false;
    const live = objects.get(objectKey(object));
    if (how === 'absent') return live === undefined;
    if (how === 'applied') return isApplied(live, object);
    return live !== undefined && (how === 'once' || says(live, withoutNamespace(object)));
  },
  performed: { by: 'batch', batch: batchOf, perform: performObjects },
  rehearsed: 'alike',
  words: ({ how, object: { kind, metadata } }) =>
    `${how === 'absent' ? 'deleting' : 'storing'} ${kind} ${metadata.name}`,
  before: ({ object }, { objects }) => objects.get(objectKey(object)),
  entries: ({ object, how }, before) => [entryOf(object, how, before as KubeObject | undefined)],
  script: ({ object, how }, number) => [scriptOf(object, how, number)],
  // A host's record is no place for the cluster's objects: they go with the cluster.
  undo: () => [],
};

/** Objects of a wave go together; those that are owned after their owner. */
function batchOf({ ownedBy, wave }: ObjectChange): string {
  if (ownedBy) return 'owned';
  return wave === undefined ? 'object' : `wave ${wave}`;
}

/** Found by its reference, so the namespace is right; the server drops one from an object that has none. */
function withoutNamespace(object: KubeObject): object {
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function entryOf(object: KubeObject, how: string, before: KubeObject | undefined): Entry {
  const { name, namespace } = object.metadata;
  const what = `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  if (how === 'absent') return { action: 'delete', what };
  const action = before === undefined ? 'create' : 'update';
  if (object.kind === 'Secret') return { action, what: `${what} (secret)` };
  const there = before === undefined ? undefined : brief(toYaml(asFarAs(before, object)));
  return {
    action,
    what,
    texts: { path: `/${what.replaceAll(' ', '/')}`, before: there, after: brief(toYaml(object)) },
  };
}

/** The parts of what is there that the wanted one speaks of: what the server added is no difference. */
function asFarAs(there: unknown, wanted: unknown): unknown {
  if (!isRecord(there) || !isRecord(wanted)) return there;
  const both = Object.keys(wanted).filter((key) => there[key] !== undefined);
  return Object.fromEntries(both.map((key) => [key, asFarAs(there[key], wanted[key])]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function scriptOf({ kind, metadata: { name, namespace } }: KubeObject, how: string, number: number): string {
  const inNamespace = namespace === undefined ? [] : ['-n', namespace];
  if (how === 'absent') return quoteAll(['kubectl', ...inNamespace, 'delete', kind.toLowerCase(), name]);
  const file = `${String(number).padStart(3, '0')}-${kind.toLowerCase()}-${name.replaceAll(':', '-')}.yaml`;
  const verb = how === 'once' ? 'create' : how === 'applied' ? 'apply --server-side' : 'apply';
  return `kubectl ${verb} -f "$OBJECTS"/${quote(file)}`;
}
