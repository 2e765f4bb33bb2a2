import type { KubeObject, PatchType } from './client.ts';
import { KubeError } from './error.ts';
import { applyJsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { podMergeKeys, strategicMerge } from './strategic-merge.ts';

/** The object as the API server would have it after a patch. Throws KubeError (422) where the patch does not apply. */
export function patchedObject(object: KubeObject, type: PatchType, body: unknown): KubeObject {
  try {
    return patchers[type](object, body) as KubeObject;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KubeError(422, 'Invalid', `patch ${object.kind} ${object.metadata.name}: ${error.message}`);
  }
}

const patchers = {
  json: applyJsonPatch,
  merge: mergePatch,
  strategic: (object, body) => strategicMerge(object, body, podMergeKeys),
} as const satisfies Record<PatchType, (object: unknown, body: unknown) => unknown>;
