import { type Change, objectKey, refOf } from '../execute/change.ts';
import type { Observed } from '../execute/observed.ts';
import { stamped } from '../execute/stamp.ts';
import type { KubeObject, ObjectRef } from '../kube/client.ts';
import type { Phase } from './phase.ts';

export interface NetworkContext {
  /** `flannel`, or the file that the user named. */
  readonly name: string;
  readonly objects: readonly KubeObject[];
}

/** The pods' network: what others need first goes first. */
export const network: Phase<NetworkContext> = {
  name: 'network',
  title: 'Pod network',
  reads: ({ objects }) => ({ objects: [...objects.map(refOf), ...flannels] }),
  desired: ({ name, objects }, observed): readonly Change[] => [
    ...remains(objects, observed),
    ...objects
      .map((object): Change & { readonly wave: number } => ({
        kind: 'object',
        how: 'applied',
        object: stamped(object),
        wave: waves[object.kind] ?? lastWave,
      }))
      .sort((a, b) => a.wave - b.wave)
      .map((change, index, all) =>
        index === all.length - 1 ? { ...change, says: `[network] Applied the pod network: ${name}` } : change,
      ),
  ],
};

/** Where flannel's own manifests have it, older and newer ones. */
const flannels: readonly ObjectRef[] = ['kube-system', 'kube-flannel'].map((namespace) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  namespace,
  name: 'kube-flannel-ds',
}));

/** The user chose flannel first and another network later: two networks on one node fight for its pods. */
function remains(objects: readonly KubeObject[], observed: Observed): readonly Change[] {
  const chosen = new Set(objects.map((object) => objectKey(object)));
  return flannels.flatMap((ref): readonly Change[] => {
    if (chosen.has(objectKey(ref)) || !observed.objects.has(objectKey(ref))) return [];
    const command = `kubectl -n ${ref.namespace} delete daemonset ${ref.name}`;
    return [{ kind: 'note', warning: true, text: `flannel is in the cluster beside this pod network: ${command}` }];
  });
}

/** Objects live in namespaces, and custom ones need their definitions. */
const waves: Readonly<Record<string, number>> = { Namespace: 0, CustomResourceDefinition: 0 };
const lastWave = 1;
