import type { Change } from '../../../execute/change.ts';
import { perform } from '../../../execute/executor.ts';
import type { Target } from '../../../execute/target.ts';
import { caCertHash } from '../../../kube/ca-pin.ts';
import type { KubeClient, KubeObject } from '../../../kube/client.ts';
import type { RotatingAuthority } from '../../../pki/rotating-authorities.ts';

/** What the cluster keeps of a rotation: pods made since then have read both CAs, by the cluster's own clock. */
export interface RotationRecord {
  /** When all pods that begin were told of the new CA, in RFC 3339. */
  readonly since: string;
  /** When it was over, milliseconds since the epoch. */
  readonly over: number | undefined;
}

const refOfRecord = ({ name }: RotatingAuthority) =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: `kinit-rotation-${name}` }) as const;

/** The record of the rotation to a CA (PEM); undefined where there is none. */
export async function rotationRecord(
  kube: KubeClient,
  authority: RotatingAuthority,
  next: string,
): Promise<RotationRecord | undefined> {
  const live = await kube.get(refOfRecord(authority));
  const data = (live?.['data'] ?? {}) as Readonly<Record<string, string>>;
  if (live === undefined || data['ca'] !== caCertHash(next)) return undefined;
  const over = Date.parse(data['over'] ?? '');
  return { since: String(live.metadata['creationTimestamp']), over: Number.isNaN(over) ? undefined : over };
}

/** Keeps that all are told, in the place of what was kept of an earlier rotation. Throws KinitError. */
export async function recordTold(authority: RotatingAuthority, next: string, target: Target): Promise<RotationRecord> {
  const there = await rotationRecord(await target.kube(), authority, next);
  if (there !== undefined) return there;
  const object = recordObject(authority, { ca: caCertHash(next) });
  await keep(
    [
      { kind: 'object', how: 'absent', object },
      { kind: 'object', how: 'present', object, wave: 1 },
    ],
    target,
  );
  const kept = await rotationRecord(await target.kube(), authority, next);
  return kept ?? { since: new Date(target.now).toISOString(), over: undefined };
}

/** Keeps that it is over. Throws KinitError. */
export async function recordOver(authority: RotatingAuthority, next: string, target: Target): Promise<void> {
  const object = recordObject(authority, { ca: caCertHash(next), over: new Date(target.now).toISOString() });
  await keep([{ kind: 'object', how: 'present', object }], target);
}

function recordObject(authority: RotatingAuthority, data: Readonly<Record<string, string>>): KubeObject {
  const { apiVersion, kind, name, namespace } = refOfRecord(authority);
  return { apiVersion, kind, metadata: { name, namespace }, data };
}

async function keep(changes: readonly Change[], target: Target): Promise<void> {
  await perform(
    changes.map((change) => ({ phase: 'rotate-ca', change })),
    target,
  );
}
