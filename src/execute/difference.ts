import type { SeenPath } from '../host/host.ts';
import type { KubeObject } from '../kube/client.ts';
import { reveal } from '../secret.ts';
import type { Change, FileChange, NodeChange, ServiceChange } from './change.ts';
import { objectKey } from './change.ts';
import { missingCertificates } from './missing-certificates.ts';
import type { Observed } from './observed.ts';
import { says } from './same-object.ts';
import { isApplied } from './stamp.ts';

/**
 * The changes that do not hold yet, in their order: for a plan, a first run and a run that goes on after a kill alike.
 * Throws KinitError where something in the way must not be touched.
 */
export function difference(desired: readonly Change[], observed: Observed, now: number): readonly Change[] {
  const certificates = missingCertificates(desired, observed, now);
  const missing = desired.flatMap((change) => certificates.get(change) ?? (holds(change, observed) ? [] : [change]));
  const written = new Set(missing.flatMap((change) => (change.kind === 'file' ? [change.path] : [])));
  return missing.filter((change) => change.kind !== 'service' || !isSettled(change, observed, written));
}

/** Certificates and kubeconfigs are decided together (missing-certificates.ts), services last of all. */
function holds(change: Change, observed: Observed): boolean {
  switch (change.kind) {
    case 'file':
      return fileHolds(change, observed);
    case 'upload':
      return pathOf(change.path, observed)?.type === 'file';
    case 'directory':
      return pathOf(change.path, observed)?.type === 'directory';
    case 'absent': {
      const there = pathOf(change.path, observed);
      if (change.transient) return false;
      if (there === undefined) return !isListed(change.path, observed);
      if (there.type === 'absent') return true;
      return change.contents === true && there.entries?.length === 0;
    }
    case 'object': {
      if (change.sealed) return false;
      const live = observed.objects.get(objectKey(change.object));
      if (change.how === 'absent') return live === undefined;
      if (change.how === 'applied') return isApplied(live, change.object);
      return live !== undefined && (change.how === 'once' || says(live, withoutNamespace(change.object)));
    }
    case 'node':
      return nodeHolds(change, observed);
    default:
      return false;
  }
}

/** Found by its reference, so the namespace is right; the server drops one from an object that has none. */
function withoutNamespace(object: KubeObject): object {
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Whether a path that was not looked at itself is among the names of its directory. */
function isListed(path: string, observed: Observed): boolean {
  const slash = path.lastIndexOf('/');
  return observed.paths.get(path.slice(0, slash))?.entries?.includes(path.slice(slash + 1)) ?? false;
}

function pathOf(path: string, observed: Observed): SeenPath | undefined {
  return observed.paths.get(path) ?? observed.files.get(path);
}

function fileHolds(change: FileChange, observed: Observed): boolean {
  const there = observed.files.get(change.path);
  if (there?.type !== 'file') return false;
  if (change.keep) return true;
  return there.content?.equals(Buffer.from(reveal(change.content))) === true && there.mode === change.mode;
}

function nodeHolds(change: NodeChange, observed: Observed): boolean {
  const live = observed.objects.get(`Node//${change.name}`);
  if (live === undefined) return false;
  const taints = ((live['spec'] as { taints?: unknown[] } | undefined)?.taints ?? []) as unknown[];
  return (
    says(live.metadata.labels ?? {}, change.labels) &&
    Object.keys(change.labels).every((key) => live.metadata.labels?.[key] !== undefined) &&
    says(live.metadata.annotations ?? {}, change.annotations) &&
    change.taints.every((taint) => taints.some((there) => says(there, taint)))
  );
}

/** A service is settled when it runs since its files were last written, and starts at boot where that is wanted. */
function isSettled(change: ServiceChange, observed: Observed, written: ReadonlySet<string>): boolean {
  const there = observed.services.get(change.name);
  if (there === undefined) return false;
  if (change.enabled !== undefined && there.enabled !== change.enabled) return false;
  if (change.state === 'stopped') return !there.active;
  const newer = (path: string) => written.has(path) || Math.floor(pathOf(path, observed)?.modified ?? 0) > there.since;
  return there.active && !(change.restartFor ?? []).some(newer);
}
