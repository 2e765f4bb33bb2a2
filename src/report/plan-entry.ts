import type { Change, NodeChange, ServiceChange } from '../execute/change.ts';
import type { Decided } from '../execute/decided.ts';
import { quoteAll } from '../host/quote.ts';
import type { KubeObject } from '../kube/client.ts';
import { Secret } from '../secret.ts';
import { toYaml } from '../yaml.ts';
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
  return changes.flatMap((decided) =>
    entriesOf(decided).flatMap((entry) => {
      const directory = decided.change.kind === 'directory' ? entry.what : undefined;
      if (directory !== undefined && seen.has(directory)) return [];
      if (directory !== undefined) seen.add(directory);
      return [{ phase: decided.phase, kind: decided.change.kind, ...entry }];
    }),
  );
}

type Entry = Pick<PlanEntry, 'action' | 'what' | 'diff'>;

/** A command that removes many things is an entry for each. */
function entriesOf(decided: Decided): readonly Entry[] {
  const { change } = decided;
  if (change.kind === 'command' && change.removes) return change.removes.map((what) => ({ action: 'delete', what }));
  const entry = entryOf(decided);
  return entry === undefined ? [] : [entry];
}

function entryOf({ change, before }: Decided): Entry | undefined {
  switch (change.kind) {
    case 'note':
    case 'awaited':
    case 'wait':
      return undefined;
    case 'file': {
      const what = `${change.path} (${octal(change.mode)}${change.content instanceof Secret ? ', secret' : ''})`;
      const action = before === undefined && !(change.content instanceof Secret) ? 'create' : 'update';
      if (change.content instanceof Secret) return { action: 'create', what };
      return { action, what, diff: fileDiff(change.path, brief(before as string | undefined), brief(change.content)) };
    }
    case 'upload':
      return {
        action: 'create',
        what: `${change.path} (${octal(change.mode)}, ${Math.ceil(change.source.size / 1024 / 1024)} MiB)`,
      };
    case 'directory':
      return { action: 'create', what: `${change.path}/ (${octal(change.mode)})` };
    case 'absent':
      return { action: 'delete', what: change.contents ? `everything in ${change.path}/` : change.path };
    case 'certificate': {
      const { spec, directory, keepKey } = change;
      const files = `${directory}/${spec.path}.crt${keepKey ? '' : ' and .key'}`;
      return {
        action: 'create',
        what: `${files}, ${spec.signer === undefined ? 'self-signed' : `signed by ${spec.signer}`}`,
      };
    }
    case 'key-pair':
      return {
        action: 'create',
        what: change.keepKey ? change.publicPath : `${change.privatePath} and ${change.publicPath}`,
      };
    case 'kubeconfig':
      return { action: 'create', what: `${change.path} (0600, secret) for ${change.user}` };
    case 'etcd-member':
      return { action: 'delete', what: `etcd member ${change.peerUrl}` };
    case 'command':
      return { action: 'run', what: `${quoteAll(change.argv)}${change.stdin === undefined ? '' : ' < (input)'}` };
    case 'packages':
      return { action: 'create', what: `packages ${change.names.join(', ')}` };
    case 'service':
      return { action: 'run', what: serviceText(change) };
    case 'object':
      return objectEntry(change.object, change.how, before as KubeObject | undefined);
    case 'node':
      return { action: 'update', what: `Node ${change.name}: ${marksText(change, before as KubeObject | undefined)}` };
  }
}

/** Certificates as a line: nobody reads them, and those of a plan for a bare host are for show. */
function brief<Text extends string | undefined>(text: Text): Text {
  return text
    ?.replaceAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g, '(certificate)')
    .replaceAll(/(certificate-authority-data:) [A-Za-z0-9+/=]+/g, '$1 (certificate)') as Text;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function serviceText({ name, state, enabled }: ServiceChange): string {
  const boot = enabled === undefined ? '' : enabled ? ', enabled at boot' : ', disabled at boot';
  return `service ${name}: ${state}${boot}`;
}

function objectEntry(object: KubeObject, how: string, before: KubeObject | undefined): Entry {
  const { name, namespace } = object.metadata;
  const what = `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  if (how === 'absent') return { action: 'delete', what };
  const action = before === undefined ? 'create' : 'update';
  if (object.kind === 'Secret') return { action, what: `${what} (secret)` };
  const there = before === undefined ? undefined : brief(toYaml(asFarAs(before, object)));
  return { action, what, diff: fileDiff(`/${what.replaceAll(' ', '/')}`, there, brief(toYaml(object))) };
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

/** Those of its marks that the node does not have yet. */
function marksText({ labels, annotations, taints }: NodeChange, node: KubeObject | undefined): string {
  const there = ((node?.['spec'] as { taints?: NodeChange['taints'] } | undefined)?.taints ?? []).map(taintText);
  const missing = (wanted: Readonly<Record<string, string>>, live: Readonly<Record<string, string>> = {}) =>
    Object.entries(wanted).flatMap(([key, value]) => (live[key] === value ? [] : [`${key}=${value}`]));
  return [
    ...missing(labels, node?.metadata.labels).map((text) => `label ${text}`),
    ...missing(annotations, node?.metadata.annotations).map((text) => `annotation ${text}`),
    ...taints.map(taintText).flatMap((text) => (there.includes(text) ? [] : [`taint ${text}`])),
  ].join(', ');
}

function taintText({ key, value, effect }: NodeChange['taints'][number]): string {
  return `${key}${value ? `=${value}` : ''}:${effect}`;
}
