import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { versionOf } from '../../src/commands/input/version-label.ts';
import { readConfigFile } from '../../src/config/read.ts';
import { KinitError } from '../../src/errors.ts';
import { parseJournal } from '../../src/execute/journal.ts';
import { undoRecord } from '../../src/execute/record-paths.ts';
import { rehearsing } from '../../src/execute/run.ts';
import { readInventory } from '../../src/inventory/read.ts';
import type { ClusterFile } from '../../src/inventory/types.ts';
import { KubeError } from '../../src/kube/error.ts';
import { planEntries } from '../../src/report/plan-entry.ts';
import { up } from '../../src/workflows/cluster/up/up.ts';
import type { UpInput, UpResult } from '../../src/workflows/cluster/up/up-input.ts';
import { exitCodeOfUp } from '../../src/workflows/cluster/up/up-outcome.ts';
import { wantedCluster } from '../../src/workflows/cluster/up/wanted-cluster.ts';
import { Killed, power } from '../fakes/power.ts';
import { quietRun } from '../run.ts';
import { cluster, from, gone, keys, living, machine, nodeOf, now, reporter, silent } from './cluster-to-upgrade.ts';

interface Wish {
  readonly verbosity?: string;
  readonly maxPods?: number;
  readonly proxyMode?: string;
  readonly snapshots?: object;
  /** How long a static pod may take: nothing on a host or in the cluster says it. */
  readonly patience?: string;
}

function clusterFile({ verbosity, maxPods, proxyMode, snapshots, patience = '2s' }: Wish): string {
  const kubelet = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' };
  const proxy = { apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', kind: 'KubeProxyConfiguration' };
  const init = { apiVersion: 'kubeadm.k8s.io/v1beta4', kind: 'InitConfiguration' };
  const documents = [
    {
      apiVersion: 'kinit.dev/v1alpha1',
      kind: 'Inventory',
      hosts: [
        { name: 'm1', address: '192.0.2.11', role: 'control-plane' },
        { name: 'w1', address: '192.0.2.21' },
        { name: 'w2', address: '192.0.2.22' },
      ],
      network: { plugin: 'none' },
      ...(snapshots === undefined ? {} : { snapshots }),
    },
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'ClusterConfiguration',
      kubernetesVersion: from,
      networking: { podSubnet: '10.244.0.0/16' },
      ...(verbosity === undefined ? {} : { apiServer: { extraArgs: [{ name: 'v', value: verbosity }] } }),
    },
    { ...init, timeouts: { upgradeManifests: patience } },
    ...(maxPods === undefined ? [] : [{ ...kubelet, maxPods }]),
    ...(proxyMode === undefined ? [] : [{ ...proxy, mode: proxyMode }]),
  ];
  return documents.map((document) => JSON.stringify(document)).join('\n---\n');
}

async function inputFor(wish: Wish, more: Partial<UpInput> = {}): Promise<UpInput> {
  const documents = (await readConfigFile(clusterFile(wish), 'cluster.yaml')) as ClusterFile;
  const inventory = readInventory(documents.inventory);
  return {
    ...(await wantedCluster(documents, inventory, { versionOf, warn: () => {}, ignorePreflightErrors: ['all'] })),
    network: { kind: 'none' },
    patches: { controlPlanes: [], workers: [] },
    async dial(entries) {
      return { machines: entries.map((entry) => ({ entry, host: machine(entry.name) })), failures: [] };
    },
    run: quietRun({ now: now + 86_400_000, keys, reporter }),
    parallel: 4,
    readyDeadline: 2,
    everything: false,
    ...more,
  };
}

const bring = async (wish: Wish, more: Partial<UpInput> = {}) => up(await inputFor(wish, more));
const results = ({ outcomes }: UpResult) => Object.fromEntries(outcomes.map(({ host, result }) => [host, result]));
const problems = ({ outcomes }: UpResult) =>
  outcomes.flatMap(({ host, error }) => (error ? [`${host}: ${error.message}`] : []));
const apiServer = () => machine('m1').text('/etc/kubernetes/manifests/kube-apiserver.yaml') ?? '';
const kubelet = (name: string) => machine(name).text('/var/lib/kubelet/config.yaml') ?? '';
const stored = (name: string, entry: string) => {
  const found = cluster.objects('ConfigMap').find(({ metadata }) => metadata.name === name);
  return (found?.['data'] as Readonly<Record<string, string>> | undefined)?.[entry] ?? '';
};

beforeEach(async () => {
  await living();
  expect(problems(await bring({}))).toEqual([]);
});
afterEach(gone);

describe('settings of a living cluster that are edited', () => {
  test('of an API server come to it and to what the cluster keeps, and nothing is left to do', async () => {
    const result = await bring({ verbosity: '4' });
    expect(problems(result)).toEqual([]);
    expect(apiServer()).toContain('- --v=4');
    expect(stored('kubeadm-config', 'ClusterConfiguration')).toMatch(/apiServer:\n(?:.*\n)*? +v: "4"/);
    expect(results(await bring({ verbosity: '4' }, { everything: true }))).toMatchObject({ m1: 'as wanted' });
  });

  test('are planned before: the manifest, and what the cluster keeps', async () => {
    const before = apiServer();
    const input = await inputFor({ verbosity: '4', maxPods: 50 });
    const { outcomes } = await up({ ...input, run: rehearsing(input.run) });
    const planned = outcomes.flatMap(({ host, changed }) => planEntries(changed).map(({ what }) => `${host}: ${what}`));
    expect(planned).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^m1: ConfigMap kube-system\/kubeadm-config/),
        expect.stringMatching(/^m1: \/etc\/kubernetes\/manifests\/kube-apiserver\.yaml/),
        expect.stringMatching(/^w1: \/var\/lib\/kubelet\/config\.yaml/),
        expect.stringMatching(/^w2: \/var\/lib\/kubelet\/config\.yaml/),
      ]),
    );
    expect(apiServer()).toBe(before);
  });

  test('that nothing of the cluster says leave nothing to do but the mark of the file', async () => {
    const input = await inputFor({ patience: '3s' });
    const { outcomes } = await up({ ...input, run: rehearsing(input.run) });
    const planned = outcomes.flatMap(({ host, changed }) => planEntries(changed).map(({ what }) => `${host}: ${what}`));
    expect(planned).toEqual([expect.stringMatching(/^m1: Node m1: annotation kinit\.dev\/\S+=[0-9a-f]+$/)]);
  });

  test('are taken back where an API server does not come up with them; nobody else is touched', async () => {
    const before = [apiServer(), stored('kubeadm-config', 'ClusterConfiguration'), kubelet('w1')];
    machine('m1').brokenManifest = /--v=4/;
    const result = await bring({ verbosity: '4', maxPods: 50 });
    expect(exitCodeOfUp(result)).toBe(1);
    expect(problems(result)).toEqual([
      expect.stringMatching(/^m1: timed out after 2s waiting for the kubelet to run kube-apiserver/),
      expect.stringMatching(/^w1: m1 is not as the file wants it, so this host stays as it is/),
      expect.stringMatching(/^w2: m1 is not as the file wants it/),
    ]);
    expect([apiServer(), stored('kubeadm-config', 'ClusterConfiguration'), kubelet('w1')]).toEqual(before);
    machine('m1').brokenManifest = undefined;
    expect(problems(await bring({ verbosity: '3', maxPods: 50 }))).toEqual([]);
    expect(apiServer()).toContain('- --v=3');
  });

  test('of kubelets come to one node after the other, and their pods run on', async () => {
    const order: string[] = [];
    for (const name of ['m1', 'w1', 'w2']) {
      const { onOperation } = machine(name);
      machine(name).onOperation = async (words) => {
        if (words === 'systemctl restart kubelet') order.push(name);
        await onOperation?.(words);
      };
    }
    expect(problems(await bring({ maxPods: 50 }))).toEqual([]);
    for (const name of ['m1', 'w1', 'w2']) expect(kubelet(name), name).toContain('maxPods: 50');
    expect(order).toEqual(['m1', expect.stringMatching(/w[12]/), expect.stringMatching(/w[12]/)]);
    expect(stored('kubelet-config-1.20', 'kubelet')).toContain('maxPods: 50');
  });

  test('that a kubelet does not come through with are taken back there, and come to no second node', async () => {
    const ref = { apiVersion: 'v1', kind: 'Node' };
    const sick = new Set<string>();
    for (const name of ['w1', 'w2']) {
      const { onOperation } = machine(name);
      machine(name).onOperation = async (words) => {
        await onOperation?.(words);
        if (words !== 'systemctl restart kubelet') return;
        const isSick = kubelet(name).includes('maxPods: 50');
        if (isSick) sick.add(name);
        const conditions = [{ type: 'Ready', status: isSick ? 'False' : 'True', message: 'the kubelet is sick' }];
        await cluster.patch({ ...ref, name }, 'merge', { status: { conditions } });
      };
    }
    const result = await bring({ maxPods: 50 });
    expect(sick.size).toBe(1);
    const [first] = [...sick];
    const second = first === 'w1' ? 'w2' : 'w1';
    expect(problems(result)).toHaveLength(2);
    expect(problems(result)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(new RegExp(`^${first}: timed out after 2s waiting for node ${first} to be Ready`)),
        `${second}: its settings stay as they are, since the new ones did not hold on ${first}`,
      ]),
    );
    for (const name of ['w1', 'w2']) expect(kubelet(name), name).not.toContain('maxPods: 50');
    expect(kubelet('m1')).toContain('maxPods: 50');
    expect(silent.size).toBe(0);
  });

  test('that the kubelet of the first control plane does not come through with go back, but for what its static pods run with', async () => {
    const before = stored('kubelet-config-1.20', 'kubelet');
    const { onOperation } = machine('m1');
    machine('m1').onOperation = async (words) => {
      await onOperation?.(words);
      if (words !== 'systemctl restart kubelet') return;
      const status = kubelet('m1').includes('maxPods: 50') ? 'False' : 'True';
      const conditions = [{ type: 'Ready', status, message: 'the kubelet is sick' }];
      await cluster.patch({ apiVersion: 'v1', kind: 'Node', name: 'm1' }, 'merge', { status: { conditions } });
    };
    const result = await bring({ verbosity: '4', maxPods: 50 });
    expect(exitCodeOfUp(result)).toBe(1);
    expect([kubelet('m1').includes('maxPods: 50'), stored('kubelet-config-1.20', 'kubelet')]).toEqual([false, before]);
    expect(apiServer()).toContain('- --v=4');
    expect(stored('kubeadm-config', 'ClusterConfiguration')).toMatch(/apiServer:\n(?:.*\n)*? +v: "4"/);
  });

  describe('of kube-proxies', () => {
    const made = (name: string, status: object) =>
      cluster.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'kube-system', labels: { 'k8s-app': 'kube-proxy' } },
        spec: { nodeName: 'm1' },
        status,
      } as never);
    const running = { name: 'kube-proxy', restartCount: 0, state: { running: {} } };
    const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    const left = () => cluster.objects('Pod').map(({ metadata }) => metadata.name);

    /** A pod of before, and one that its DaemonSet makes in its place. */
    async function proxies(container: object): Promise<void> {
      await made('kube-proxy-old', { ...ready, containerStatuses: [running] });
      const remove = cluster.delete.bind(cluster);
      cluster.delete = async (ref) => {
        const removed = await remove(ref);
        if (ref.name === 'kube-proxy-old')
          await made('kube-proxy-new', { ...(container === running ? ready : {}), containerStatuses: [container] });
        return removed;
      };
    }

    test('begin them anew where they have begun with others, and no second time', async () => {
      await proxies(running);
      expect(problems(await bring({ proxyMode: 'ipvs' }, { readyDeadline: 30 }))).toEqual([]);
      expect(stored('kube-proxy', 'config.conf')).toContain('mode: ipvs');
      expect(left()).toContain('kube-proxy-new');
      expect(left()).not.toContain('kube-proxy-old');
      await bring({ proxyMode: 'ipvs', maxPods: 50 }, { readyDeadline: 30 });
      expect(left()).toContain('kube-proxy-new');
    });

    test('wait for an API server that does not answer, as long as a node may take', async () => {
      await proxies(running);
      const list = cluster.list.bind(cluster);
      let silences = 0;
      cluster.list = async (query) => {
        const isAfter = query.kind === 'Pod' && !left().includes('kube-proxy-old');
        if (isAfter && silences++ < 3) throw new KinitError('no answer within 30s');
        return list(query);
      };
      expect(problems(await bring({ proxyMode: 'ipvs' }, { readyDeadline: 30 }))).toEqual([]);
      expect(silences).toBeGreaterThan(3);
    });

    test('end at once where the API server refuses to tell of them', async () => {
      await proxies(running);
      const list = cluster.list.bind(cluster);
      let refusals = 0;
      cluster.list = async (query) => {
        const isAfter = query.kind === 'Pod' && !left().includes('kube-proxy-old');
        if (!isAfter) return list(query);
        refusals += 1;
        throw new KubeError(403, 'Forbidden', 'list pods: pods is forbidden');
      };
      expect(problems(await bring({ proxyMode: 'ipvs' }, { readyDeadline: 30 }))[0]).toMatch(
        /^m1: .*pods is forbidden/,
      );
      expect(refusals).toBe(1);
    });

    test('leave those alone whose configuration stays', async () => {
      await proxies(running);
      expect(problems(await bring({ maxPods: 50 }, { readyDeadline: 30 }))).toEqual([]);
      expect(left()).toContain('kube-proxy-old');
    });

    test('are taken back where the first one does not run with them, and no other node is touched', async () => {
      const before = stored('kube-proxy', 'config.conf');
      const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' };
      await proxies({ name: 'kube-proxy', restartCount: 3, state: { waiting } });
      const result = await bring({ proxyMode: 'ipvs' }, { readyDeadline: 30 });
      expect(problems(result)[0]).toMatch(
        /^m1: the kube-proxy of node m1 does not run with its configuration: CrashLoopBackOff: back-off 40s/,
      );
      expect(problems(result)[1]).toMatch(/^w1: /);
      expect(stored('kube-proxy', 'config.conf')).toBe(before);
    });
  });

  test('killed after an operation, whichever, the same command ends in the same state', {
    timeout: 600_000,
  }, async () => {
    const wish = { verbosity: '4', maxPods: 50 };
    const state = () => [apiServer(), kubelet('m1'), stored('kubeadm-config', 'ClusterConfiguration')];
    const spent = machine('m1').power.spent;
    expect(problems(await bring(wish))).toEqual([]);
    const [whole, operations] = [state(), machine('m1').power.spent - spent];
    expect(operations).toBeGreaterThan(5);
    // Every third: trying all of them takes minutes.
    for (let killedAfter = 0; killedAfter < operations; killedAfter += 3) {
      await living();
      await bring({});
      machine('m1').power = power(killedAfter);
      await bring(wish).catch((error: unknown) => expect(error).toBeInstanceOf(Killed));
      machine('m1').power = power();
      expect(problems(await bring(wish)), `killed after ${killedAfter}`).toEqual([]);
      expect(state(), `killed after ${killedAfter}`).toEqual(whole);
      expect(machine('m1').isSettled, `killed after ${killedAfter}`).toBe(true);
    }
  });

  test('that change nothing of a node begin nothing anew', async () => {
    const restarts = () => machine('w1').done.filter((words) => words === 'systemctl restart kubelet').length;
    const before = restarts();
    expect(problems(await bring({ verbosity: '4' }))).toEqual([]);
    expect(restarts()).toBe(before);
    expect(nodeOf('w1').metadata.annotations?.['kinit.dev/inventory']).toBeDefined();
  });
});

describe('regular snapshots that a file asks for', () => {
  const snapshots = { every: '6h', directory: '/backup/etcd', keep: 5 };
  const timer = 'kinit-etcd-snapshot.timer';
  const unit = (name: string) => machine(name).text(`/etc/systemd/system/${timer}`);

  test('are planned, come to the control planes alone, and nothing is left to do', async () => {
    const input = await inputFor({ snapshots });
    const { outcomes } = await up({ ...input, run: rehearsing(input.run) });
    const planned = outcomes.flatMap(({ host, changed }) => planEntries(changed).map(({ what }) => `${host}: ${what}`));
    expect(planned).toEqual(
      expect.arrayContaining([
        `m1: /etc/systemd/system/${timer} (0644)`,
        `m1: service ${timer}: running, enabled at boot`,
      ]),
    );
    expect(unit('m1')).toBeUndefined();
    expect(problems(await bring({ snapshots }))).toEqual([]);
    expect(unit('m1')).toContain('OnCalendar=*-*-* 00/6:00:00');
    expect(machine('m1').services.get(timer)).toMatchObject({ active: true, enabled: true });
    expect([unit('w1'), unit('w2')]).toEqual([undefined, undefined]);
    expect(results(await bring({ snapshots }, { everything: true }))).toMatchObject({ m1: 'as wanted' });
  });

  test('are recorded to be undone by reset', async () => {
    await bring({ snapshots });
    const entries = parseJournal(machine('m1').text(undoRecord) ?? '');
    expect(entries).toEqual(
      expect.arrayContaining([
        { kind: 'directory', path: '/backup/etcd' },
        { kind: 'file', path: `/etc/systemd/system/${timer}`, before: null },
        { kind: 'service', name: timer, active: false, enabled: false },
      ]),
    );
  });

  test('go where the file asks for none any more', async () => {
    await bring({ snapshots });
    expect(problems(await bring({}))).toEqual([]);
    expect(unit('m1')).toBeUndefined();
    expect(machine('m1').services.get(timer)).toMatchObject({ active: false, enabled: false });
    expect(results(await bring({}, { everything: true }))).toMatchObject({ m1: 'as wanted' });
  });
});
