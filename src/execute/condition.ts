import type { ObjectRef } from '../kube/client.ts';

/** Something that becomes true around a host or in the cluster. */
export type Condition =
  | { readonly on: 'http'; readonly what: string; readonly url: string }
  | { readonly on: 'api'; readonly what: string; readonly path: string }
  | {
      readonly on: 'object';
      readonly what: string;
      readonly ref: ObjectRef;
      readonly ready?: 'exists' | 'node-ready' | 'complete';
    }
  | StaticPodCondition;

/**
 * A static pod as the API server shows it is the one of its manifest, and runs. What it was before is told from what it is by
 * the kubelet's hash, where that was seen: one whose manifest says the same as before begins anew with the same.
 */
export interface StaticPodCondition {
  readonly on: 'static-pod';
  readonly what: string;
  /** `kube-apiserver-cp1`. */
  readonly pod: string;
  readonly before?: string;
  readonly image: string;
  readonly command: readonly string[];
  /** Of an API server that had another version: it tells that it is the new one, before its kubelet shows it. `https://10.0.0.1:6443`. */
  readonly serves?: { readonly url: string; readonly version: string };
}
