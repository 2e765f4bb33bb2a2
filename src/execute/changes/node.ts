import { quoteAll } from '../../host/shell/quote.ts';
import type { KubeObject } from '../../kube/client.ts';
import type { NodeChange } from '../change.ts';
import type { Observed } from '../observed.ts';
import { performObjects } from '../perform-objects.ts';
import { says } from '../same-object.ts';
import { type Kind, told } from './kind.ts';

/** Labels, annotations and taints of a Node. */
export const node: Kind<NodeChange> = {
  holds: hasMarks,
  performed: { by: 'batch', batch: () => 'object', perform: performObjects },
  rehearsed: told,
  words: ({ name }) => `marking node ${name}`,
  before: ({ name }, { objects }) => objects.get(keyOf(name)),
  entries: (change, before) => [
    { action: 'update', what: `Node ${change.name}: ${marksText(change, before as KubeObject | undefined)}` },
  ],
  script: ({ name, labels, annotations, taints, gone = nothingGone }) => {
    const line = (verb: string, marks: readonly string[]) =>
      marks.length === 0 ? [] : [quoteAll(['kubectl', verb, 'node', name, ...marks, '--overwrite'])];
    return [
      ...line('label', [...pairs(labels), ...gone.labels.map(withoutIt)]),
      ...line('annotate', [...pairs(annotations), ...gone.annotations.map(withoutIt)]),
      ...line('taint', [...taints.map(taintText), ...gone.taints.map(taintText).map(withoutIt)]),
    ];
  },
  // A host's record is no place for the cluster's objects: they go with the cluster.
  undo: () => [],
};

const nothingGone = { labels: [], annotations: [], taints: [] };
/** As kubectl takes away what it has set. */
const withoutIt = (mark: string): string => `${mark}-`;

const keyOf = (name: string): string => `Node//${name}`;

function hasMarks(
  { name, labels, annotations, taints, gone = nothingGone }: NodeChange,
  { objects }: Observed,
): boolean {
  const live = objects.get(keyOf(name));
  if (live === undefined) return false;
  const there = ((live['spec'] as { taints?: unknown[] } | undefined)?.taints ?? []) as unknown[];
  return (
    says(live.metadata.labels ?? {}, labels) &&
    Object.keys(labels).every((key) => live.metadata.labels?.[key] !== undefined) &&
    says(live.metadata.annotations ?? {}, annotations) &&
    taints.every((taint) => there.some((one) => says(one, taint))) &&
    gone.labels.every((label) => live.metadata.labels?.[label] === undefined) &&
    gone.annotations.every((annotation) => live.metadata.annotations?.[annotation] === undefined) &&
    gone.taints.every((taint) => !there.some((one) => says(one, taint)))
  );
}

/** Those of its marks that the node does not have yet. */
function marksText(
  { labels, annotations, taints, gone = nothingGone }: NodeChange,
  live: KubeObject | undefined,
): string {
  const there = ((live?.['spec'] as { taints?: NodeChange['taints'] } | undefined)?.taints ?? []).map(taintText);
  const missing = (wanted: Readonly<Record<string, string>>, has: Readonly<Record<string, string>> = {}) =>
    pairs(Object.fromEntries(Object.entries(wanted).filter(([key, value]) => has[key] !== value)));
  return [
    ...missing(labels, live?.metadata.labels).map((text) => `label ${text}`),
    ...missing(annotations, live?.metadata.annotations).map((text) => `annotation ${text}`),
    ...taints.map(taintText).flatMap((text) => (there.includes(text) ? [] : [`taint ${text}`])),
    ...gone.labels.map((label) => `no label ${label}`),
    ...gone.annotations.map((annotation) => `no annotation ${annotation}`),
    ...gone.taints.map((taint) => `no taint ${taintText(taint)}`),
  ].join(', ');
}

function pairs(all: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(all).map(([key, value]) => `${key}=${value}`);
}

function taintText({ key, value, effect }: NodeChange['taints'][number]): string {
  return `${key}${value ? `=${value}` : ''}:${effect}`;
}
