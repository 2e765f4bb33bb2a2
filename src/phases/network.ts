import { type Change, refOf } from '../execute/change.ts';
import { stamped } from '../execute/stamp.ts';
import type { KubeObject } from '../kube/client.ts';
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
  reads: ({ objects }) => ({ objects: objects.map(refOf) }),
  desired: ({ name, objects }): readonly Change[] =>
    objects
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
};

/** Objects live in namespaces, and custom ones need their definitions. */
const waves: Readonly<Record<string, number>> = { Namespace: 0, CustomResourceDefinition: 0 };
const lastWave = 1;
