import { describe, expect, test } from 'vitest';
import { parseVersion } from '../../../src/release/version.ts';
import { dropEtcdTag, setEtcdTag } from '../../../src/workflows/cluster/upgrade/etcd-tag.ts';
import { FakeKube } from '../../fakes/kube.ts';

const stored = (etcd: string) =>
  new FakeKube({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
    data: {
      ClusterConfiguration: `apiVersion: kubeadm.k8s.io/v1beta4\netcd:\n  local:\n    dataDir: /srv/etcd\n${etcd}kind: ClusterConfiguration\n`,
    },
  });
const text = (kube: FakeKube) =>
  ((kube.objects('ConfigMap')[0]?.['data'] ?? {}) as Record<string, string>)['ClusterConfiguration'] ?? '';
const to = parseVersion('v1.34.9');

describe('the tag of etcd in the configuration of a cluster', () => {
  test('comes for the hop and goes with it, and nothing else changes', async () => {
    const kube = stored('');
    const before = text(kube);
    await setEtcdTag(kube, '3.5.26-0');
    expect(text(kube)).toContain('    imageTag: 3.5.26-0\n');
    await dropEtcdTag(kube, to);
    expect(text(kube)).toBe(before);
  });

  test("stays where it is the user's", async () => {
    const kube = stored('    imageTag: 3.5.99-0\n');
    const before = text(kube);
    await dropEtcdTag(kube, to);
    expect(text(kube)).toBe(before);
  });

  test('is not looked at where the hop wants nothing of etcd', async () => {
    const kube = stored('    imageTag: 3.5.26-0\n');
    await dropEtcdTag(kube, parseVersion('v1.33.13'));
    expect(kube.calls).toEqual([]);
  });
});
