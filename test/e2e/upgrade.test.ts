import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { eventually, kit, on } from './kit.ts';

const k = kit('upgrade');
/** Upgraded by kinit, and by kubeadm. */
let [ours, theirs]: LabHost[] = [];

const { kubernetes } = k.lab.version;
const target = kubernetes.replace(/\d+$/, (patch) => String(Number(patch) + 13));
const kubectl = (host: LabHost, ...argv: string[]) =>
  on(host, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', ...argv);

/** The patch is in the tags alone: its programs are those that run already. */
const retag = `for name in kube-apiserver kube-controller-manager kube-scheduler kube-proxy; do
  ctr -n k8s.io images tag "$1/$name:$2" "$1/$name:$3" >/dev/null
done`;

beforeAll(async () => {
  [ours, theirs] = (await k.lab.up([
    { name: 'cp1', bindNode: true, kubeadm: true },
    { name: 'cp2', kubeadm: true, bindNode: true },
  ])) as [LabHost, LabHost];
  for (const host of [ours, theirs] as const) {
    await on(host, 'kinit', ...(await k.init({ podSubnet: '10.244.0.0/16' }, host)));
    await on(host, 'sh', '-c', retag, 'sh', k.lab.version.imageRepository, kubernetes, target);
    await k.lab.layPodNetwork(host);
    await eventually(`${host.name} Ready`, 120_000, async () =>
      / Ready /.test(await kubectl(host, 'get', 'nodes')) ? true : undefined,
    );
  }
}, 600_000);
afterAll(() => k.lab.down());

/** All that an upgrade may have written, without what is the host's own. */
async function written(host: LabHost): Promise<string> {
  const text = await on(host, 'sh', '-c', show);
  return text.replaceAll(host.address, 'ADDRESS').replaceAll(host.name, 'NAME');
}

const show = `export KUBECONFIG=/etc/kubernetes/admin.conf
for file in /etc/kubernetes/manifests/*.yaml /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env; do
  echo "== $file $(stat -c %a "$file")"; cat "$file"
done
for name in $(kubectl -n kube-system get configmaps -o name | grep -E 'kubeadm|kubelet-config|kube-proxy|coredns'); do
  echo "== $name"; kubectl -n kube-system get "$name" -o jsonpath='{.data}'; echo
done
kubectl get nodes -o jsonpath='{.items[*].metadata.labels}{.items[*].spec.taints}{.items[*].metadata.annotations}'; echo
kubectl -n kube-system get deployment/coredns daemonset/kube-proxy -o jsonpath='{.items[*].spec}'; echo
kubectl get clusterroles,clusterrolebindings -o name | grep kubeadm
kubectl -n kube-system get roles,rolebindings,jobs -o name | grep kube`;

describe('(u) a patch upgrade', () => {
  it('that kubeadm reads and kinit plans', async () => {
    expect(await on(ours!, 'kinit', 'upgrade', 'plan', target)).toMatch(
      new RegExp(`kube-apiserver +cp1 +${kubernetes} +${target}`),
    );
    expect(await on(ours!, 'kinit', 'upgrade', 'diff', target)).toContain(
      `+    image: ${k.lab.version.imageRepository}/kube-apiserver:${target}`,
    );
  });

  it('leaves the same files and objects as kubeadm', async () => {
    const [kinit, kubeadm] = await Promise.all([
      ours!.run(['kinit', 'upgrade', 'apply', target, '--yes'], { timeout: 400 }),
      theirs!.run(['kubeadm', 'upgrade', 'apply', target, '--force', '--yes'], { timeout: 400 }),
    ]);
    expect(kinit.code, kinit.stderr).toBe(0);
    expect(kubeadm.code, kubeadm.stderr).toBe(0);
    expect(await written(ours!)).toBe(await written(theirs!));
  }, 480_000);

  it('is read by kubeadm', async () => {
    const plan = await ours!.run(['kubeadm', 'upgrade', 'plan', target, '--ignore-preflight-errors=all'], {
      timeout: 120,
    });
    expect(plan.code, plan.stderr).toBe(0);
    expect(await on(ours!, 'kubeadm', 'certs', 'check-expiration')).toMatch(/^apiserver .* 364d /m);
  });

  it('whose API server never comes up is brought back, with its last words', async () => {
    const before = await on(ours!, 'sh', '-c', 'cat /etc/kubernetes/manifests/*.yaml');
    await on(
      ours!,
      'sh',
      '-c',
      'mkdir -p /root/bad && cat >/root/bad/kube-apiserver+json.yaml <<EOF\n- op: add\n  path: /spec/containers/0/command/-\n  value: --no-such-flag\nEOF',
    );
    await on(ours!, 'sh', '-c', `cat >/root/upgrade.yaml <<EOF\n${configuration}EOF`);
    const { code, stderr } = await ours!.run(
      ['kinit', 'upgrade', 'apply', target, '--yes', '--config', '/root/upgrade.yaml'],
      { timeout: 300 },
    );
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/unknown flag: --no-such-flag/);
    expect(await on(ours!, 'sh', '-c', 'cat /etc/kubernetes/manifests/*.yaml')).toBe(before);
    await eventually('the old API server', 120_000, async () => (await kubectl(ours!, 'get', 'nodes')) || undefined);
  }, 480_000);
});

const configuration = `apiVersion: kubeadm.k8s.io/v1beta4
kind: UpgradeConfiguration
apply:
  patches: {directory: /root/bad}
timeouts: {upgradeManifests: 45s}
`;
