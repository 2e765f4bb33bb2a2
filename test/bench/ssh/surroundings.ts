import { writeFileSync } from 'node:fs';
import { clusterInfoObjects } from '../../../src/manifests/cluster-info.ts';
import { kubeconfigDocument } from '../../../src/pki/kubeconfig-document.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { toYaml } from '../../../src/yaml.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { kubeServer } from '../../fakes/kube-server.ts';
import { relay } from './relay.ts';

/**
 * What the hosts' operator has beside them, in one process of its own on the workstation: an API server that knows every
 * node, and a relay before every host. Arguments: file for the kubeconfig, then NODE=ADDRESS=RELAYPORT ...
 */
const [file = '', ...named] = process.argv.slice(2);
const hosts = named.map((text) => text.split('='));
const release = releaseFor(parseVersion('v1.20.2'));
const kube = new FakeKube();
const server = await kubeServer(kube, { everybodyMay: true });
const ca = server.authority.certificate;

const configMap = (name: string, data: Readonly<Record<string, string>>) =>
  kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'kube-system', name }, data });

const cluster = {
  apiVersion: 'kubeadm.k8s.io/v1beta2',
  kind: 'ClusterConfiguration',
  clusterName: 'kubernetes',
  kubernetesVersion: 'v1.20.2',
  networking: { dnsDomain: 'cluster.local', podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/12' },
};
const kubelet = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', cgroupDriver: 'systemd' };
await configMap('kubeadm-config', { ClusterConfiguration: toYaml(cluster) });
await configMap(release.node.kubeletConfigMap, { kubelet: toYaml(kubelet) });
for (const object of clusterInfoObjects(release, { server: server.url, caPem: ca })) await kube.create(object);
for (const [name = ''] of hosts) await kube.create({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
for (const [, host = '', port] of hosts) await relay(Number(port), { host, port: 22 });

const admin = kubeconfigDocument({
  clusterName: 'kubernetes',
  server: server.url,
  caPem: ca,
  user: 'kubernetes-admin',
  client: { certificatePem: server.admin.certificate, key: server.admin.key },
  preferences: release.pki.preferences,
});
writeFileSync(file, toYaml(admin), { mode: 0o600 });
process.stdout.write('ready\n');
