import type { NodeRegistration, Taint } from '../config/types.ts';
import type { KubeObject } from '../kube/client.ts';
import type { LabelsLine } from '../release/node.ts';
import type { Release } from '../release/release.ts';

/** What is merged into a Node. */
export interface NodeMarks {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * What a control-plane node is marked with: labels, the configured taints (the release's own where none are configured)
 * and, as long as kubeadm kept it there, the CRI socket.
 */
export function nodeMarks(
  { taints, criSocket }: NodeRegistration,
  release: Release,
  featureGates: Readonly<Record<string, boolean>> = {},
): NodeMarks {
  const { controlPlaneLabels, controlPlaneTaints, criSocketAnnotation, criSocketGated } = release.node;
  const gate = criSocketGated ? featureGates['NodeLocalCRISocket'] : undefined;
  const annotated = gate === undefined ? criSocketAnnotation : !gate;
  return {
    labels: Object.fromEntries(controlPlaneLabels.map((label) => [label, ''])),
    taints: taints ?? controlPlaneTaints,
    annotations: annotated ? { 'kubeadm.alpha.kubernetes.io/cri-socket': criSocket } : {},
  };
}

/** Marks that are to go from a Node. */
export interface FormerMarks {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  readonly taints: readonly Pick<Taint, 'key' | 'effect'>[];
}

const noFormerMarks: FormerMarks = { labels: [], annotations: [], taints: [] };

/**
 * The Node with the marks, and without the former ones: its own labels, annotations and other taints stay, ours come first
 * (kubeadm's MarkControlPlane).
 */
export function mergeNodeMarks(node: KubeObject, marks: NodeMarks, former: FormerMarks = noFormerMarks): KubeObject {
  const spec = (node['spec'] ?? {}) as { readonly taints?: readonly Taint[] };
  const isFormer = ({ key, effect }: Taint) => former.taints.some((one) => one.key === key && one.effect === effect);
  const others = (spec.taints ?? []).filter(
    (taint) => !isFormer(taint) && !marks.taints.some((mark) => isSameTaint(mark, taint)),
  );
  const taints = [...marks.taints, ...others];
  const { metadata } = node;
  return {
    ...node,
    metadata: {
      ...metadata,
      labels: { ...without(metadata.labels, former.labels), ...marks.labels },
      annotations: { ...without(metadata.annotations, former.annotations), ...marks.annotations },
    },
    spec: { ...without(spec, ['taints']), ...(taints.length > 0 ? { taints } : {}) },
  };
}

function without<Value>(all: Readonly<Record<string, Value>> = {}, names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
}

/** kubeadm's lines about the marks of a control-plane node, as the release words them. */
export function nodeMarkLines(nodeName: string, { labels, taints }: NodeMarks, release: Release): readonly string[] {
  const marking = `[mark-control-plane] Marking the node ${nodeName} as control-plane by adding the`;
  const labelled = `${marking} ${labelsTexts[release.node.labelsLine](Object.keys(labels))}`;
  return taints.length === 0 ? [labelled] : [labelled, `${marking} taints [${taints.map(taintText).join(' ')}]`];
}

const labelsTexts: Readonly<Record<LabelsLine, (labels: readonly string[]) => string>> = {
  quoted: (labels) => `label ${labels.map((label) => `"${label}=''"`).join(' and ')}`,
  'deprecated-control-plane': ([first, second]) => `labels "${first}=''" and "${second}='' (deprecated)"`,
  'deprecated-master': ([first, ...rest]) => `labels: [${[`${first}(deprecated)`, ...rest].join(' ')}]`,
  plain: (labels) => `labels: [${labels.join(' ')}]`,
};

/** `key=value:effect`, as Go's Taint.ToString. */
function taintText({ key, value, effect }: Taint): string {
  return `${key}${value ? `=${value}` : ''}${effect ? `:${effect}` : ''}`;
}

/** In every field: a taint that the cluster has stamped with a time is another one to kubeadm. */
function isSameTaint(mark: Taint, taint: Taint & { readonly timeAdded?: string }): boolean {
  return (
    mark.key === taint.key &&
    (mark.value ?? '') === (taint.value ?? '') &&
    mark.effect === taint.effect &&
    taint.timeAdded === undefined
  );
}
