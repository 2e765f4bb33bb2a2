import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/yaml.ts';
import { kinit, type Ran } from '../../command-line.ts';

let home: string;
let ran: Ran;
let files: readonly string[];

/** Every file below a folder, by its path there. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .sort();
}

const modeOf = async (path: string) => (await stat(join(home, 'out', path))).mode & 0o777;
const textOf = (path: string) => readFile(join(home, 'out', path), 'utf8');

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'kinit-output-'));
  const cluster = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nencryptionAlgorithm: ECDSA-P256\n';
  const more = 'kubernetesVersion: v1.31.0\ncontrolPlaneEndpoint: cp.example.com:6443\n';
  const init =
    '---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nbootstrapTokens: [{token: abcdef.0123456789abcdef}]\n';
  await writeFile(join(home, 'cluster.yaml'), `${cluster}${more}${init}`);
  ran = await kinit(['init', '--config', 'cluster.yaml', '--node-name', 'cp1', '--output-dir', 'out'], {
    cwd: home,
    env: { HOME: home },
  });
  files = await filesBelow(join(home, 'out'));
});
afterAll(() => rm(home, { recursive: true }));

describe('kinit init --output-dir', () => {
  it('renders a whole control plane, as if the folder were /', () => {
    expect(ran.code).toBe(0);
    expect(files).toEqual([
      '/api-objects.yaml',
      '/etc/kubernetes/admin.conf',
      '/etc/kubernetes/controller-manager.conf',
      '/etc/kubernetes/kubelet.conf',
      '/etc/kubernetes/manifests/etcd.yaml',
      '/etc/kubernetes/manifests/kube-apiserver.yaml',
      '/etc/kubernetes/manifests/kube-controller-manager.yaml',
      '/etc/kubernetes/manifests/kube-scheduler.yaml',
      '/etc/kubernetes/pki/apiserver-etcd-client.crt',
      '/etc/kubernetes/pki/apiserver-etcd-client.key',
      '/etc/kubernetes/pki/apiserver-kubelet-client.crt',
      '/etc/kubernetes/pki/apiserver-kubelet-client.key',
      '/etc/kubernetes/pki/apiserver.crt',
      '/etc/kubernetes/pki/apiserver.key',
      '/etc/kubernetes/pki/ca.crt',
      '/etc/kubernetes/pki/ca.key',
      '/etc/kubernetes/pki/etcd/ca.crt',
      '/etc/kubernetes/pki/etcd/ca.key',
      '/etc/kubernetes/pki/etcd/healthcheck-client.crt',
      '/etc/kubernetes/pki/etcd/healthcheck-client.key',
      '/etc/kubernetes/pki/etcd/peer.crt',
      '/etc/kubernetes/pki/etcd/peer.key',
      '/etc/kubernetes/pki/etcd/server.crt',
      '/etc/kubernetes/pki/etcd/server.key',
      '/etc/kubernetes/pki/front-proxy-ca.crt',
      '/etc/kubernetes/pki/front-proxy-ca.key',
      '/etc/kubernetes/pki/front-proxy-client.crt',
      '/etc/kubernetes/pki/front-proxy-client.key',
      '/etc/kubernetes/pki/sa.key',
      '/etc/kubernetes/pki/sa.pub',
      '/etc/kubernetes/scheduler.conf',
      '/etc/kubernetes/super-admin.conf',
      '/etc/systemd/system/kubelet.service',
      '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf',
      '/var/lib/kubelet/config.yaml',
      '/var/lib/kubelet/kubeadm-flags.env',
    ]);
  });

  it('keeps every key, kubeconfig and token to its owner: 0600', async () => {
    const secret = files.filter(
      (path) => /\.(key|conf)$|manifests|api-objects/.test(path) && !path.includes('systemd'),
    );
    expect(secret).toEqual(expect.arrayContaining(['/etc/kubernetes/pki/ca.key', '/etc/kubernetes/admin.conf']));
    for (const path of secret) expect(await modeOf(path), path).toBe(0o600);
    expect(await modeOf('/etc/kubernetes/pki/ca.crt')).toBe(0o644);
    expect(await modeOf('/var/lib/kubelet/config.yaml')).toBe(0o644);
  });

  it('writes every object of the cluster, in order, as YAML that is read back', async () => {
    const objects = parseYaml(await textOf('/api-objects.yaml'), 'api-objects.yaml').map(
      ({ value }) => value as { kind: string; metadata: { name: string } },
    );
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    for (const name of [
      'ConfigMap kubeadm-config',
      'Secret bootstrap-token-abcdef',
      'ConfigMap cluster-info',
      'DaemonSet kube-proxy',
    ])
      expect(names).toContain(name);
    expect(names.indexOf('ConfigMap kubeadm-config')).toBeLessThan(names.indexOf('Secret bootstrap-token-abcdef'));
  });

  it('shows the labels, taints and annotations of the node, which only a kubelet would register', async () => {
    const objects = parseYaml(await textOf('/api-objects.yaml'), 'api-objects.yaml').map(({ value }) => value);
    const nodes = objects.filter((value) => (value as { kind: string }).kind === 'Node');
    expect(nodes).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          name: 'cp1',
          labels: {
            'node-role.kubernetes.io/control-plane': '',
            'node.kubernetes.io/exclude-from-external-load-balancers': '',
          },
          annotations: { 'kubeadm.alpha.kubernetes.io/cri-socket': 'unix:///var/run/containerd/containerd.sock' },
        },
        spec: { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] },
      },
    ]);
  });

  it('touches nothing else but its own log, and tells no secret', async () => {
    const others = (await filesBelow(home)).filter((path) => !path.startsWith('/out/'));
    expect(others).toEqual([expect.stringMatching(/^\/\.local\/state\/kinit\/logs\/.*\.log$/), '/cluster.yaml']);
    const logFile = join(home, others[0] ?? '');
    const log = await readFile(logFile, 'utf8');
    expect((await stat(logFile)).mode & 0o777).toBe(0o600);
    for (const text of [log, ran.out, ran.err]) {
      expect(text).not.toMatch(/0123456789abcdef|PRIVATE KEY|client-key-data/);
    }
    expect(ran.err).toContain('[certs] Generating "ca" certificate and key\n');
    expect(ran.err).toContain('[bootstrap-token] Using token: abcdef.<redacted>\n');
  });
});
