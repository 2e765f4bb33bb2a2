import { parseSubnet } from '../config/network.ts';
import type { KubeObject } from '../kube/client.ts';

export interface FlannelSettings {
  /** One CIDR, or one of each family between a comma. */
  readonly podSubnet: string;
  /** Where the images are mirrored, under their own last names. */
  readonly imageRepository?: string | undefined;
}

/** flannel's objects for a cluster: the template with the pod network and the mirror in their places. */
export function flannelObjects(template: readonly KubeObject[], settings: FlannelSettings): readonly KubeObject[] {
  return template.map((object) => {
    switch (object.kind) {
      case 'ConfigMap':
        return withNetwork(object, settings.podSubnet);
      case 'DaemonSet':
        return withImages(object, (image) => mirrored(image, settings.imageRepository));
      default:
        return object;
    }
  });
}

/** flannel's net-conf.json: https://github.com/flannel-io/flannel/blob/master/Documentation/configuration.md */
function withNetwork(configMap: KubeObject, podSubnet: string): KubeObject {
  const subnets = podSubnet.split(',').map((subnet) => subnet.trim());
  const [v4, v6] = (['IPv4', 'IPv6'] as const).map((family) =>
    subnets.find((subnet) => parseSubnet(subnet)?.family === family),
  );
  const network = {
    ...(v4 === undefined ? { EnableIPv4: false } : { Network: v4 }),
    ...(v6 === undefined ? {} : { EnableIPv6: true, IPv6Network: v6 }),
    Backend: { Type: 'vxlan' },
  };
  const data = { ...(configMap['data'] as object), 'net-conf.json': `${JSON.stringify(network, undefined, 2)}\n` };
  return { ...configMap, data };
}

interface PodTemplate {
  readonly spec: { readonly template: { readonly spec: Readonly<Record<string, unknown>> } };
}

interface Container {
  readonly image: string;
}

function withImages(workload: KubeObject, rename: (image: string) => string): KubeObject {
  const { spec } = workload as unknown as PodTemplate;
  const renamed = (containers: unknown) =>
    (containers as readonly Container[]).map((container) => ({ ...container, image: rename(container.image) }));
  const pod = {
    ...spec.template.spec,
    initContainers: renamed(spec.template.spec['initContainers']),
    containers: renamed(spec.template.spec['containers']),
  };
  return { ...workload, spec: { ...spec, template: { ...spec.template, spec: pod } } };
}

function mirrored(image: string, repository: string | undefined): string {
  return repository === undefined
    ? image
    : `${repository.replace(/\/+$/, '')}/${image.slice(image.lastIndexOf('/') + 1)}`;
}
