import type { Taint } from '../config/types.ts';
import type { Change } from '../execute/change.ts';
import type { Phase } from './phase.ts';

export interface MarksContext {
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Of all that the file says about the host, so that a later run sees from the cluster whether it has changed. */
  readonly fingerprint: string;
}

/** What the file wants of a node in the cluster: its labels, its taints, and what the file was when it was made so. */
export const inventoryMarks: Phase<MarksContext> = {
  name: 'node-marks',
  title: 'Labels and taints',
  reads: ({ node }) => ({ objects: [{ apiVersion: 'v1', kind: 'Node', name: node }] }),
  desired: ({ node, labels, taints, fingerprint }) => [
    { kind: 'node', name: node, labels, taints, annotations: { [fingerprintAnnotation]: fingerprint } },
  ],
};

/** Nodes of which it is not known any more what the file was when they were made so: `up` goes to them and looks. */
export const forgottenInventory: Phase<{ readonly nodes: readonly string[] }> = {
  name: 'forgotten-inventory',
  title: 'Nodes that are to be looked at',
  reads: ({ nodes }) => ({ objects: nodes.map((name) => ({ apiVersion: 'v1', kind: 'Node', name })) }),
  desired: ({ nodes }) => {
    const gone = { labels: [], annotations: [fingerprintAnnotation], taints: [] };
    return nodes.map((name): Change => ({ kind: 'node', name, labels: {}, taints: [], annotations: {}, gone }));
  },
};

export const fingerprintAnnotation = 'kinit.dev/inventory';
