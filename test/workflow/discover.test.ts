import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { storedClusterDocument } from '../../src/config/convert.ts';
import { uploadKubeadmConfigObjects, uploadKubeletConfigObjects } from '../../src/manifests/upload-config.ts';
import { kubeconfigDocument, rotatableKubeconfig } from '../../src/pki/kubeconfig-document.ts';
import { discoverCluster } from '../../src/workflows/node/discover.ts';
import { toYaml } from '../../src/yaml.ts';
import { testCertificate } from '../certificates.ts';
import { clusterInfo } from '../cluster-info.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { type KubeServer, kubeServer } from '../fakes/kube-server.ts';
import { initConfig, release as releaseOf } from '../unit/manifests/config.ts';

const config = initConfig('v1.36.2');
const release = releaseOf('v1.36.2');
const pem = '/var/lib/kubelet/pki/kubelet-client-current.pem';

let server: KubeServer;
beforeEach(async () => {
  const clusterConfigurationYaml = toYaml(storedClusterDocument(config.cluster, release, {}));
  const kubeletConfigurationYaml = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
  const fake = new FakeKube(
    ...uploadKubeadmConfigObjects(config, release, { clusterConfigurationYaml }),
    ...uploadKubeletConfigObjects(release, { kubeletConfigurationYaml, kubeletUserSupplied: false }),
  );
  server = await kubeServer(fake, { everybodyMay: true });
  await fake.create(clusterInfo(server.url, server.authority.certificate));
});
afterEach(() => server.close());

test('a kubelet that has written the name of its certificate and not got it yet has no rights to lend', async () => {
  const common = { clusterName: 'kubernetes', server: server.url, caPem: server.authority.certificate };
  const admin = await testCertificate(server.authority, 'kubernetes-admin');
  const node = await testCertificate(server.authority, 'system:node:cp2');
  const host = new FakeHost({
    files: {
      '/etc/kubernetes/admin.conf': toYaml(
        kubeconfigDocument({
          ...common,
          user: 'kubernetes-admin',
          client: { certificatePem: admin.certificate, key: admin.key },
          preferences: false,
        }),
      ),
      '/etc/kubernetes/kubelet.conf': toYaml(
        rotatableKubeconfig({ ...common, user: 'default-auth', certificateFile: pem, preferences: false }),
      ),
    },
    connect: async (target) => {
      if (!('port' in target)) throw new Error('no socket');
      return connect({ host: target.host, port: target.port });
    },
  });
  const discovery = { file: { kubeConfigPath: '/etc/kubernetes/admin.conf' } };
  const found = await discoverCluster(
    host,
    { discovery, timeouts: config.timeouts, controlPlane: {} } as Parameters<typeof discoverCluster>[1],
    new AbortController().signal,
  );
  const asksAs = async () => {
    await (await found.kube()).get({ apiVersion: 'v1', kind: 'Node', name: 'cp2' });
    return server.requests.at(-1)?.who;
  };
  try {
    expect(await asksAs()).toBe('kubernetes-admin');
    await host.write([{ path: pem, content: `${node.certificate}${node.key.reveal()}`, mode: 0o600 }]);
    expect(await asksAs()).toBe('system:node:cp2');
  } finally {
    found.close();
  }
});
