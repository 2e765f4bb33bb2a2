import type { FileWrite, Operation } from '../../host/host.ts';
import type { KubeObject } from '../../kube/client.ts';
import type { Observed } from '../observed.ts';
import type { Target } from '../target.ts';
import type { Undoing } from './undo-entry.ts';

/** All that is to know about one kind of change; whoever reads changes finds it in the table of kinds. */
export interface Kind<C> {
  /** Whether it holds already; `written` are the files that the same look found missing. */
  holds(change: C, observed: Observed, written: ReadonlySet<string>): boolean;
  readonly performed: Performed<C>;
  /** How it is where nothing really runs: `alike` where the overlays of the host and of the cluster are enough. */
  readonly rehearsed: 'alike' | Performed<C>;
  /** In a few words, without any secret, for whoever reads that it failed. */
  words(change: C): string;
  /** What is there now, where a plan can show it; nothing of what is to hold a secret. */
  before(change: C, observed: Observed): Before | undefined;
  /** What a plan shows of it: nothing of what only tells or waits. */
  entries(change: C, before: Before | undefined): readonly Entry[];
  /** Lines of a POSIX script that do the same; the number tells objects of the cluster apart. */
  script(change: C, number: number): readonly string[];
  /** What has to be recorded before it is made, so that it can be undone. */
  undo(change: C, observed: Observed): readonly Undoing[];
}

/** The text of a file, or an object of the cluster. */
export type Before = string | KubeObject;

/** How a change becomes an effect. */
export type Performed<C> =
  /** Consecutive ones are operations of one round trip; `minted` are the files of certificates and their like. */
  | { readonly by: 'host'; operations(change: C, minted: readonly FileWrite[]): readonly Operation[] }
  /** One at a time, told before it begins. */
  | { readonly by: 'itself'; perform(change: C, target: Target, phase: string): Promise<void> }
  /** Consecutive ones of the same batch together, told in order when all are done; those that failed are given back. */
  | {
      readonly by: 'batch';
      batch(change: C): string;
      perform(batch: readonly Member[], target: Target): Promise<ReadonlySet<Member>>;
    }
  /** It is told, and that is all. */
  | { readonly by: 'telling' };

/** One change of a batch, of whatever kinds perform their batches in the same way. */
export interface Member {
  readonly phase: string;
  readonly change: { readonly kind: string };
}

/** One line of a plan. */
export interface Entry {
  readonly action: 'create' | 'update' | 'delete' | 'run';
  /** What it is about: `/etc/hosts (0644)`, `ConfigMap kube-system/kubeadm-config`. */
  readonly what: string;
  /** What a diff is made of, where the content may be shown. */
  readonly texts?: { readonly path: string; readonly before: string | undefined; readonly after: string };
}

/** What only something that really runs could do. */
export const told = { by: 'telling' } as const;

/** What a kind has that only tells: nothing to show, nothing to undo. */
export const unseen = {
  before: () => undefined,
  entries: () => [],
  undo: () => [],
} as const;
