import { newestMinor } from './served.ts';

/** A label such as upstream publishes for each minor, to name in help and errors. */
export const exampleLabel = stableLabel(newestMinor);

/** The label of the newest patch release of a minor of Kubernetes 1. */
export function stableLabel(minor: number | string): string {
  return `stable-1.${minor}`;
}

/** The minor in a text such as `1.30` or `v1.30`, which names no patch release; undefined for every other text. */
export function minorAlone(text: string): string | undefined {
  return /^v?1\.(\d+)$/.exec(text.trim())?.[1];
}

/** Whether the text can be a label: `stable`, `stable-1.30`, `ci/latest` (kubeadm app/util/version.go kubeBucketPrefixes). */
export function isLabel(text: string): boolean {
  return /^(?:(?:ci|release)\/)?[a-z][-\w.+]*$/.test(text);
}

/** Where upstream says for which version a label stands (kubeadm app/util/version.go, splitVersion). */
export function labelAddress(label: string): string {
  const base = label.startsWith('ci/') ? 'https://storage.googleapis.com/k8s-release-dev' : 'https://dl.k8s.io/release';
  return `${base}/${label.replace(/^release\//, '')}.txt`;
}
