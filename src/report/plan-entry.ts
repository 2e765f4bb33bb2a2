import type { Change } from '../execute/change.ts';
import { kindOf } from '../execute/changes/table.ts';
import type { Decided } from '../execute/decided.ts';
import { fileDiff } from './unified-diff.ts';

/** What would be done to a host. */
export interface HostPlan {
  readonly host: string;
  readonly changes: readonly Decided[];
}

/** One change as a person or a machine reads it; secrets are named and not shown. */
export interface PlanEntry {
  readonly phase: string;
  readonly action: 'create' | 'update' | 'delete' | 'run';
  /** `file`, `package`, `service`, `object` ... */
  readonly kind: Change['kind'];
  /** What it is about: `/etc/hosts (0644)`, `ConfigMap kube-system/kubeadm-config`. */
  readonly what: string;
  /** A unified diff, where the content may be shown. */
  readonly diff?: string;
}

/** The entries of a plan: everything that changes something, once; nothing that only tells or waits. */
export function planEntries(changes: readonly Decided[]): readonly PlanEntry[] {
  const seen = new Set<string>();
  return changes.flatMap(({ phase, change, before }) =>
    kindOf(change)
      .entries(change, before)
      .flatMap(({ texts, ...entry }) => {
        const directory = change.kind === 'directory' ? entry.what : undefined;
        if (directory !== undefined && seen.has(directory)) return [];
        if (directory !== undefined) seen.add(directory);
        const diff = texts && { diff: fileDiff(texts.path, texts.before, texts.after) };
        return [{ phase, kind: change.kind, ...entry, ...diff }];
      }),
  );
}
