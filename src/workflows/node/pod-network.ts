import type { ClusterConfiguration } from '../../config/types.ts';
import { InputError } from '../../errors.ts';
import type { KubeObject } from '../../kube/client.ts';
import { flannelObjects } from '../../manifests/flannel.ts';
import type { NetworkContext } from '../../phases/network.ts';
import type { Release } from '../../release/release.ts';
import { templateDocuments } from '../../templates.ts';

/** The pod network that the user chose. */
export type NetworkChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'flannel'; readonly imageRepository?: string | undefined; readonly place: string }
  | { readonly kind: 'manifests'; readonly name: string; readonly objects: readonly KubeObject[] };

/** What the network phase installs; undefined for none. Throws InputError where flannel has no subnet to give out. */
export async function networkContext(
  choice: NetworkChoice,
  cluster: ClusterConfiguration,
  release: Release,
): Promise<NetworkContext | undefined> {
  switch (choice.kind) {
    case 'none':
      return undefined;
    case 'manifests':
      return { name: choice.name, objects: choice.objects };
    case 'flannel': {
      const { podSubnet = '' } = cluster.networking;
      if (podSubnet === '') {
        throw new InputError(
          [{ place: choice.place, message: 'flannel needs a subnet for the pods' }],
          'give --pod-network-cidr 10.244.0.0/16, or networking.podSubnet in the file',
        );
      }
      const template = (await templateDocuments(release.network.flannel)) as readonly KubeObject[];
      return {
        name: 'flannel',
        objects: flannelObjects(template, { podSubnet, imageRepository: choice.imageRepository }),
      };
    }
  }
}
