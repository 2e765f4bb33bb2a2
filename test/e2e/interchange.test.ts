import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { at, eventually, kit, on, ssh } from './kit.ts';
import { kubeadm } from './kubeadm.ts';

const k = kit('interchange');
let cp1: LabHost;
let cp2: LabHost;
let w1: LabHost;
let w2: LabHost;
let w3: LabHost;

const { version } = k.lab;
const podSubnet = '10.244.0.0/16';
const ignored = '--ignore-preflight-errors=all';

beforeAll(async () => {
  [cp1, w1, cp2, w2, w3] = (await k.lab.up([
    { name: 'cp1', kubeadm: true },
    { name: 'w1', kubeadm: true },
    { name: 'cp2', kubeadm: true },
    { name: 'w2' },
    { name: 'w3' },
  ])) as [LabHost, LabHost, LabHost, LabHost, LabHost];
});
afterAll(() => k.lab.down());

describe('(g) a cluster that kinit made', () => {
  it('comes up', async () => {
    const argv = [...(await k.init({ podSubnet })), ...at(cp1), ...ssh(k)];
    const { code, stderr } = await k.kinit(argv, { timeout: 300 });
    expect(code, stderr).toBe(0);
  });

  it('takes a worker that the real kubeadm joins', async () => {
    const line = (await on(cp1, 'kubeadm', 'token', 'create', '--print-join-command')).trim();
    expect(line).toContain('kubeadm join');
    await on(w1, ...line.split(/\s+/), ignored);
    // kubeadm does not wait for the Node where it has nothing to write on it.
    await eventually('the node to register', 60_000, async () => {
      const nodes = await on(cp1, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', 'get', 'nodes', '-o', 'name');
      return nodes.includes('node/w1') || undefined;
    });
  });

  it('takes a worker that kinit joins, with the same files on it and the same marks on its Node', async () => {
    const joined = await k.kinit(['join', ...at(w3), '--control-plane-host', `root@${cp1.address}`, ...ssh(k)], {
      timeout: 240,
    });
    expect(joined.code, joined.stderr).toBe(0);
    const ofKubeadm = await workerFiles(w1);
    expect(Object.keys(ofKubeadm.texts)).toContain('/etc/kubernetes/kubelet.conf');
    expect(await workerFiles(w3)).toEqual(ofKubeadm);
    // Some are the controller manager's, which takes its time.
    await eventually('the same marks', 120_000, async () => {
      expect(await marks('w3')).toEqual(await marks('w1'));
      return true;
    });
  });

  it('is read by the real kubeadm: its tokens, its configuration and its certificates', async () => {
    expect(await on(cp1, 'kubeadm', 'token', 'list')).toContain('system:bootstrappers:kubeadm:default-node-token');
    expect(await on(cp1, ...version.printConfiguration)).toContain(`kubernetesVersion: ${version.kubernetes}`);
    const expiration = await on(cp1, 'kubeadm', 'certs', 'check-expiration');
    expect(expiration).toContain('apiserver-kubelet-client');
    expect(expiration).not.toContain('MISSING');
  });
});

describe('(g) a cluster that the real kubeadm made', () => {
  it('comes up', async () => {
    await kubeadm(cp2, ...(await k.init({ podSubnet, criSocket: version.criSocket }, cp2)), ignored);
  });

  it('takes a worker that kinit joins over SSH', async () => {
    const joined = await k.kinit(['join', ...at(w2), '--control-plane-host', `root@${cp2.address}`, ...ssh(k)], {
      timeout: 240,
    });
    expect(joined.code, joined.stderr).toBe(0);
    expect(await on(cp2, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', 'get', 'nodes', '-o', 'name')).toContain(
      'node/w2',
    );
  });

  it('has tokens that kinit lists', async () => {
    const tokens = await on(cp2, 'kubeadm', 'token', 'list');
    expect(tokens).toContain('signing');
    const listed = await k.kinit(['token', 'list', '--host', `root@${cp2.address}`, ...ssh(k)]);
    expect(listed.code, listed.stderr).toBe(0);
    expect(listed.stdout).toContain(tokens.split('\n')[1]?.slice(0, 6));
  });
});

/** What joining leaves on a worker: modes of all that it wrote, and the contents of what holds no key. */
async function workerFiles(host: LabHost) {
  const written = '/etc/kubernetes /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env';
  const modes = await on(host, 'sh', '-c', `find ${written} -printf '%p %m %U\\n' | sort`);
  const paths = modes
    .split('\n')
    .flatMap((line) => (/\.(conf|yaml|crt|env) /.test(line) ? [line.split(' ')[0] ?? ''] : []));
  const texts = await Promise.all(
    paths.map(async (path) => {
      const text = await on(host, 'cat', path);
      return [path, /\.(conf|yaml)$/.test(path) ? load(text) : text] as const;
    }),
  );
  return { modes, texts: Object.fromEntries(texts) as Record<string, unknown> };
}

/** What a Node of the first cluster carries, but for its own name. */
async function marks(name: string) {
  const node = JSON.parse(
    await on(cp1, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', 'get', 'node', name, '-o', 'json'),
  ) as { metadata: Record<'labels' | 'annotations', Record<string, string>>; spec: { taints?: { key: string }[] } };
  const { 'kubernetes.io/hostname': _, ...labels } = node.metadata.labels;
  return { labels, annotations: node.metadata.annotations, taints: node.spec.taints?.map(({ key }) => key) };
}
