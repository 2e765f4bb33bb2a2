import { beforeEach, describe, expect, test } from 'vitest';
import { upgradeRequest } from '../../src/config/upgrade.ts';
import { kubeVipPod } from '../../src/manifests/kube-vip.ts';
import { upgradeControlPlane } from '../../src/workflows/node/upgrade/control-plane.ts';
import { upgradeNode } from '../../src/workflows/node/upgrade/node.ts';
import { toYaml } from '../../src/yaml.ts';
import type { FakeEtcd } from '../fakes/etcd.ts';
import type { FakeKube } from '../fakes/kube.ts';
import type { FakeMachine } from '../fakes/machine.ts';
import { Killed, power } from '../fakes/power.ts';
import { livingCluster, upgradeTarget } from './upgraded.ts';

let cluster: FakeKube;
let machine: FakeMachine;
let etcd: FakeEtcd;
let told: string[];

async function living(version: string): Promise<void> {
  ({ cluster, machine, etcd } = await livingCluster(version));
  told = [];
}

const reporter = {
  report: (event: { readonly type: string; readonly text?: string }) => void told.push(event.text ?? event.type),
  end() {},
};

const target = (version: string) => upgradeTarget(machine, version, { reporter });

const settings = { patches: [], proxyEnvironment: new Map() } as const;

function apply(version: string, flags: Record<string, unknown> = {}) {
  const { apply, timeouts } = upgradeRequest({ flags: { version, force: true, ...flags }, command: 'apply' });
  const short = { ...timeouts, upgradeManifests: '2s' };
  return upgradeControlPlane(target(version), { settings: apply, timeouts: short, ...settings });
}

const manifest = (name: string) => machine.text(`/etc/kubernetes/manifests/${name}.yaml`) ?? '';

describe('upgrade apply of a patch', () => {
  beforeEach(() => living('v1.20.2'));

  test('changes the static pods, and keeps what was there', async () => {
    const { from, to } = await apply('v1.20.15');
    expect([from.text, to.text]).toEqual(['v1.20.2', 'v1.20.15']);
    expect(manifest('kube-apiserver')).toContain('kube-apiserver:v1.20.15');
    expect(manifest('kube-scheduler')).toContain('kube-scheduler:v1.20.15');
    const kept = '/etc/kubernetes/tmp/kubeadm-backup-manifests-2026-01-02-00-00-00/kube-apiserver.yaml';
    expect(machine.text(kept)).toContain('kube-apiserver:v1.20.2');
  });

  test('begins the controller manager and the scheduler together, when the API server is there', async () => {
    await apply('v1.20.15');
    const steps = told.flatMap((line) => {
      const [, moved] = /Moved new manifest to "\S+\/(\S+)\.yaml"/.exec(line) ?? [];
      const [, upgraded] = /Component "(\S+)" upgraded successfully/.exec(line) ?? [];
      return moved === undefined ? (upgraded ?? []) : [`${moved} begins`];
    });
    expect(steps).toEqual([
      'kube-apiserver begins',
      'kube-apiserver',
      'kube-controller-manager begins',
      'kube-scheduler begins',
      'kube-controller-manager',
      'kube-scheduler',
    ]);
  });

  test('lets kube-vip leave its address while the API server of before still answers', async () => {
    const pod = kubeVipPod({ image: 'kube-vip', address: '192.0.2.200', port: 6443, interface: 'eth0' });
    machine.place('/etc/kubernetes/manifests/kinit-kube-vip.yaml', toYaml(pod), 0o600);
    const leaving: string[] = [];
    const perform = machine.perform.bind(machine);
    machine.perform = async (operations) => {
      if (JSON.stringify(operations).includes('"kube-vip"')) leaving.push(manifest('kube-apiserver'));
      return perform(operations);
    };
    await apply('v1.20.15');
    expect(leaving).toEqual([expect.stringContaining('kube-apiserver:v1.20.2')]);
    expect(manifest('kube-apiserver')).toContain('kube-apiserver:v1.20.15');
  });

  test('runs a job to its end beforehand, and takes it away', async () => {
    await apply('v1.20.15');
    expect(cluster.calls).toContainEqual(expect.stringMatching(/^create Job kube-system\/upgrade-health-check-/));
    expect(cluster.objects('Job')).toEqual([]);
  });

  test('stores the configuration at the target, and brings the addons', async () => {
    await apply('v1.20.15');
    const data = cluster.objects('ConfigMap').find(({ metadata }) => metadata.name === 'kubeadm-config')?.['data'];
    expect(data).toMatchObject({ ClusterConfiguration: expect.stringContaining('kubernetesVersion: v1.20.15') });
    expect(JSON.stringify(cluster.objects('DaemonSet'))).toContain('kube-proxy:v1.20.15');
    expect(told).toContain('[addons] Applied essential addon: kube-proxy');
  });

  test('changes nothing the second time', async () => {
    await apply('v1.20.15');
    const before = stateOf();
    expect((await apply('v1.20.15')).changed).toEqual([]);
    expect(stateOf()).toEqual(before);
  });

  test("renews the certificates of what begins anew, and the administrator's", async () => {
    const before = machine.text('/etc/kubernetes/pki/apiserver.crt');
    const admin = machine.text('/etc/kubernetes/admin.conf');
    await apply('v1.20.15');
    expect(machine.text('/etc/kubernetes/pki/apiserver.crt')).not.toBe(before);
    expect(machine.text('/etc/kubernetes/admin.conf')).not.toBe(admin);
  });

  test('leaves certificates alone where that is asked for', async () => {
    const before = machine.text('/etc/kubernetes/pki/apiserver.crt');
    await apply('v1.20.15', { certificateRenewal: false });
    expect(machine.text('/etc/kubernetes/pki/apiserver.crt')).toBe(before);
  });

  test('brings every manifest back where one of them does not come up', async () => {
    const before = manifest('kube-apiserver');
    machine.brokenManifest = /kube-scheduler:v1\.20\.15/;
    await expect(apply('v1.20.15')).rejects.toThrow(/timed out after 2s waiting for the kubelet to run kube-scheduler/);
    expect(manifest('kube-apiserver')).toBe(before);
    expect(manifest('kube-scheduler')).toContain('kube-scheduler:v1.20.2');
    const left = [...machine.files().keys()].filter((path) => path.startsWith('/var/lib/kinit/'));
    expect(left.filter((path) => !path.includes('/way-back'))).toEqual([]);
  });

  test('killed after any operation, the same command ends in the same state', { timeout: 400_000 }, async () => {
    await apply('v1.20.15');
    const [whole, operations] = [stateOf(), machine.power.spent];
    expect(operations).toBeGreaterThan(20);
    for (let killedAfter = 0; killedAfter < operations; killedAfter++) {
      await living('v1.20.2');
      machine.power = power(killedAfter);
      await expect(apply('v1.20.15'), `killed after ${killedAfter}`).rejects.toThrow(Killed);
      machine.power = power();
      await apply('v1.20.15');
      expect(stateOf(), `killed after ${killedAfter}`).toEqual(whole);
    }
  });

  test('node does the same with a further control plane', async () => {
    const { node, timeouts } = upgradeRequest({ flags: {}, command: 'node' });
    await upgradeNode(target('v1.20.15'), { settings: node, timeouts, ...settings });
    expect(manifest('kube-apiserver')).toContain('kube-apiserver:v1.20.15');
  });
});

describe('upgrade apply of a minor with another etcd', () => {
  beforeEach(() => living('v1.21.14'));

  test('begins etcd first, keeps its data, and waits for its own member', async () => {
    await apply('v1.22.17');
    expect(manifest('etcd')).toContain('etcd:3.5.6-0');
    expect(machine.text('/etc/kubernetes/tmp/kubeadm-backup-etcd-2026-01-02-00-00-00/etcd/member/id')).toBeDefined();
    const written = machine.done.filter((words) => words.startsWith('write /etc/kubernetes/manifests/'));
    expect(written.map((words) => words.replace(/.*\//, ''))).toEqual(
      ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) => `${name}.yaml`),
    );
  });

  test('refuses a disk without room for the copy, before anything is touched', async () => {
    machine.room = 100;
    const before = [...machine.files()];
    await expect(apply('v1.22.17')).rejects.toThrow(/no room for a copy of etcd's data/);
    expect([...machine.files()]).toEqual(before);
  });

  test('leaves etcd as it is while another of its members is down', async () => {
    etcd.announce('https://192.0.2.12:2380', false);
    const before = [...machine.files()];
    await expect(apply('v1.22.17')).rejects.toThrow(/192\.0\.2\.12:2380 has never started/);
    expect([...machine.files()]).toEqual(before);
  });

  test('leaves etcd out where that is asked for', async () => {
    await apply('v1.22.17', { etcdUpgrade: false });
    expect(manifest('etcd')).toContain('etcd:3.4.13-0');
    expect(manifest('kube-apiserver')).toContain('kube-apiserver:v1.22.17');
  });

  test('brings etcd back where its new member does not come up', async () => {
    const before = manifest('etcd');
    machine.brokenManifest = /etcd:3\.5\.6-0/;
    await expect(apply('v1.22.17')).rejects.toThrow(/timed out after 2s waiting for the kubelet to run etcd/);
    expect(manifest('etcd')).toBe(before);
    expect(manifest('kube-apiserver')).toContain('kube-apiserver:v1.21.14');
    expect(told).toContain('[upgrade/etcd] Etcd was rolled back and is now available');
  });
});

/** Files without what differs from run to run, and without what earlier runs have kept. */
function stateOf() {
  const isMinted = (path: string) => /^\/etc\/kubernetes\/(pki\/.*|\w[\w-]*\.conf)$/.test(path);
  const files = [...machine.files()].filter(([path]) => !path.startsWith('/etc/kubernetes/tmp/'));
  return files.map(([path, { mode, text }]) => [path, mode, isMinted(path) ? '' : text]);
}
