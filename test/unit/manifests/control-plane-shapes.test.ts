import { describe, expect, it } from 'vitest';
import type { InitConfig } from '../../../src/config/types.ts';
import { requiredImages } from '../../../src/manifests/images.ts';
import type { StaticPodName } from '../../../src/release/static-pod-arguments.ts';
import { toYaml } from '../../../src/yaml.ts';
import { bareHost, initConfig, localEtcd, minors, release } from './config.ts';
import { type Rendered, rendered } from './rendered.ts';

const v4 = { serviceSubnet: '10.96.0.0/12', podSubnet: '10.244.0.0/16', dnsDomain: 'cluster.local' };
const external = {
  external: {
    endpoints: ['https://192.0.2.21:2379', 'https://192.0.2.22:2379'],
    caFile: '/opt/etcd/ca/ca.crt',
    certFile: '/opt/etcd/client.crt',
    keyFile: '/opt/etcd/client.key',
  },
};

/** Configurations that every minor renders, and what must then be seen in the pods. */
const shapes: Readonly<Record<string, { config: (minor: string) => InitConfig; holds: (pods: Pods) => void }>> = {
  single: {
    config: (minor) => initConfig(minor),
    holds: ({ apiserver, controllerManager, etcd }) => {
      expect(apiserver.argument('etcd-servers')).toBe('https://127.0.0.1:2379');
      expect(apiserver.argument('advertise-address')).toBe('192.0.2.10');
      expect(apiserver.container.livenessProbe.httpGet.host).toBe('192.0.2.10');
      expect(controllerManager.argument('cluster-cidr')).toBe('10.244.0.0/16');
      expect(etcd?.argument('initial-cluster')).toBe('cp1=https://192.0.2.10:2380');
      expect(etcd?.argument('listen-metrics-urls')).toBe('http://127.0.0.1:2381');
    },
  },
  'HA endpoint': {
    config: (minor) =>
      initConfig(minor, { cluster: { controlPlaneEndpoint: 'cp.example.test:6443', clusterName: 'prod' } }),
    holds: ({ apiserver, controllerManager }) => {
      expect(apiserver.argument('advertise-address')).toBe('192.0.2.10');
      expect(controllerManager.argument('cluster-name')).toBe('prod');
    },
  },
  'external etcd': {
    config: (minor) => initConfig(minor, { cluster: { etcd: external } }),
    holds: ({ apiserver, etcd, images }) => {
      expect(etcd).toBeUndefined();
      expect(images.some((image) => image.includes('etcd'))).toBe(false);
      expect(apiserver.argument('etcd-servers')).toBe('https://192.0.2.21:2379,https://192.0.2.22:2379');
      expect(apiserver.argument('etcd-keyfile')).toBe('/opt/etcd/client.key');
      const mounts = apiserver.volumes.filter(({ name }) => name.startsWith('etcd-certs'));
      expect(mounts).toEqual([{ name: 'etcd-certs-0', hostPath: { path: '/opt/etcd', type: 'DirectoryOrCreate' } }]);
    },
  },
  IPv6: {
    config: (minor) =>
      initConfig(minor, {
        cluster: { networking: { ...v4, serviceSubnet: 'fd00:10:96::/112', podSubnet: 'fd00:10:244::/48' } },
        init: { localAPIEndpoint: { advertiseAddress: '2001:db8::10', bindPort: 6443 } },
      }),
    holds: ({ apiserver, etcd }) => {
      expect(apiserver.argument('etcd-servers')).toBe('https://[::1]:2379');
      expect(apiserver.pod.metadata['annotations']).toEqual({
        'kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint': '[2001:db8::10]:6443',
      });
      expect(etcd?.argument('listen-client-urls')).toBe('https://[::1]:2379,https://[2001:db8::10]:2379');
      expect(etcd?.argument('listen-metrics-urls')).toBe('http://[::1]:2381');
      expect(etcd?.container.livenessProbe.httpGet.host).toBe('::1');
    },
  },
  'dual stack': {
    config: (minor) =>
      initConfig(minor, {
        cluster: {
          networking: {
            ...v4,
            serviceSubnet: '10.96.0.0/16,fd00:10:96::/112',
            podSubnet: '10.244.0.0/16,fd00:10:244::/56',
          },
        },
      }),
    holds: ({ apiserver, controllerManager }) => {
      expect(apiserver.argument('service-cluster-ip-range')).toBe('10.96.0.0/16,fd00:10:96::/112');
      expect(controllerManager.argument('cluster-cidr')).toBe('10.244.0.0/16,fd00:10:244::/56');
      expect(controllerManager.argument('node-cidr-mask-size')).toBeUndefined();
    },
  },
  mirror: {
    config: (minor) => initConfig(minor, { cluster: { imageRepository: 'registry.aliyuncs.com/google_containers' } }),
    holds: ({ all, images }) => {
      const names = [...images, ...all.map(({ container }) => container.image)];
      expect(names.filter((name) => !name.startsWith('registry.aliyuncs.com/google_containers/'))).toEqual([]);
    },
  },
  docker: {
    config: (minor) => initConfig(minor, { nodeRegistration: { criSocket: '/var/run/dockershim.sock' } }),
    holds: ({ apiserver }) => expect(apiserver.argument('secure-port')).toBe('6443'),
  },
  'custom directories': {
    config: (minor) =>
      initConfig(minor, { cluster: { certificatesDir: '/srv/pki', etcd: localEtcd({ dataDir: '/srv/etcd' }) } }),
    holds: ({ apiserver, controllerManager, etcd }) => {
      expect(apiserver.argument('tls-cert-file')).toBe('/srv/pki/apiserver.crt');
      expect(apiserver.argument('etcd-cafile')).toBe('/srv/pki/etcd/ca.crt');
      expect(controllerManager.argument('cluster-signing-key-file')).toBe('/srv/pki/ca.key');
      expect(etcd?.argument('data-dir')).toBe('/srv/etcd');
      expect(etcd?.argument('peer-key-file')).toBe('/srv/pki/etcd/peer.key');
      expect(etcd?.volumes.map(({ hostPath }) => hostPath.path)).toEqual(['/srv/pki/etcd', '/srv/etcd']);
    },
  },
};

interface Pods {
  readonly apiserver: Rendered;
  readonly controllerManager: Rendered;
  readonly etcd: Rendered | undefined;
  readonly all: readonly Rendered[];
  readonly images: readonly string[];
}

function podsOf(minor: string, config: InitConfig): Pods {
  const host = { ...bareHost, caDirectories: release(minor).controlPlane.caDirectories };
  const pod = (name: StaticPodName) => rendered(minor, name, config, host);
  const etcd = config.cluster.etcd.local ? pod('etcd') : undefined;
  const [apiserver, controllerManager] = [pod('kube-apiserver'), pod('kube-controller-manager')];
  const all = [apiserver, controllerManager, pod('kube-scheduler'), ...(etcd ? [etcd] : [])];
  return { apiserver, controllerManager, etcd, all, images: requiredImages(config.cluster, release(minor)) };
}

describe.each(Object.entries(shapes))('%s', (_, { config, holds }) => {
  it.each(minors)('%s renders it', (minor) => {
    const pods = podsOf(minor, config(minor));
    holds(pods);
    for (const { pod, container, volumes } of pods.all) {
      const [name, ...args] = container.command;
      expect(pod.metadata).toMatchObject({
        name,
        namespace: 'kube-system',
        labels: { component: name, tier: 'control-plane' },
      });
      expect(args).toEqual([...new Set(args)].toSorted());
      expect(container.volumeMounts.map((mount) => mount.name).toSorted()).toEqual(
        volumes.map((volume) => volume.name),
      );
      expect(toYaml(pod)).not.toContain('undefined');
    }
  });
});
