import { createHash } from 'node:crypto';
import type { KubeObject } from '../kube/client.ts';

const annotation = 'kinit.dev/applied';

/** The object with a stamp of its own content, so that a later run sees whether the same was applied last. */
export function stamped(object: KubeObject): KubeObject {
  const annotations = { ...object.metadata.annotations, [annotation]: stampOf(object) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Whether the live object was last applied from the very same one; what the server and others added does not count. */
export function isApplied(live: KubeObject | undefined, object: KubeObject): boolean {
  const stamp = object.metadata.annotations?.[annotation];
  return stamp !== undefined && live?.metadata.annotations?.[annotation] === stamp;
}

function stampOf(object: KubeObject): string {
  return createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 32);
}
