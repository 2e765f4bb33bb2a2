/** A Kubernetes object as JSON. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly resourceVersion?: string;
  readonly uid?: string;
  readonly [field: string]: unknown;
}

export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface ListQuery {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

export type PatchType = 'strategic' | 'merge' | 'json';

export type Subresource = 'approval' | 'status';

/** The handful of verbs that kinit needs of a cluster. Every call throws KubeError on an answer that is not its own. */
export interface KubeClient {
  /** `https://host:port` */
  readonly server: string;
  /** undefined where there is none (404). */
  get(ref: ObjectRef): Promise<KubeObject | undefined>;
  list(query: ListQuery): Promise<readonly KubeObject[]>;
  /** The present state as ADDED events, then changes, until the signal aborts; reconnects by itself. */
  watch(query: ListQuery, signal: AbortSignal): AsyncIterable<WatchEvent>;
  create(object: KubeObject): Promise<KubeObject>;
  /** Whether it would be made, all who admit asked: nothing is kept. */
  tryToCreate(object: KubeObject): Promise<void>;
  /** With metadata.resourceVersion: only if nobody wrote meanwhile (409 otherwise). A subresource takes its part alone. */
  update(object: KubeObject, subresource?: Subresource): Promise<KubeObject>;
  patch(ref: ObjectRef, type: PatchType, body: unknown): Promise<KubeObject>;
  /** Server-side apply as field manager `kinit`. */
  apply(object: KubeObject): Promise<KubeObject>;
  /** False where there was none. With a UID: that very one, at once, whatever its node has yet to do (`kubectl delete --force`). */
  delete(ref: ObjectRef, atOnce?: { readonly uid: string }): Promise<boolean>;
  evict(namespace: string, pod: string): Promise<void>;
  /** A plain GET (`/livez`, `/version`); the status is a result. */
  raw(path: string): Promise<{ readonly status: number; readonly body: string }>;
  close(): void;
}
