import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KinitError } from '../../src/errors.ts';
import { cordonedBy } from '../../src/execute/perform-drain.ts';
import { on } from '../../src/execute/target.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/error.ts';
import { releaseFor } from '../../src/release/release.ts';
import { parseVersion } from '../../src/release/version.ts';
import { moveRuntime, movesRuntime } from '../../src/workflows/cluster/up/move-runtime.ts';
import { planUpgrade } from '../../src/workflows/cluster/upgrade/upgrade.ts';
import { upgradeOwner } from '../../src/workflows/cluster/upgrade/way/versions.ts';
import type { FakeCentos } from '../fakes/centos.ts';
import { Killed, power } from '../fakes/power.ts';

import {
  bundleOf,
  cluster,
  containers,
  cordoned,
  ends,
  from,
  gone,
  inputFor,
  living,
  machine,
  machines,
  managers,
  nodeOf,
  silent,
  stateOf,
  told,
  untold,
  upgrade,
} from './cluster-to-upgrade.ts';

beforeEach(living);
afterEach(gone);

/** As a host answers whose disks are full, and whose etcd holds a lot. */
function full<T extends { readonly stdout: string }>(argv: string, answer: T): T {
  if (argv.startsWith('df\0')) return { ...answer, code: 0, stdout: 'Filesystem\n/dev/vda 100 99 1 99% /\n' };
  return argv.startsWith('du\0') ? { ...answer, code: 0, stdout: '1048576\t/var/lib/etcd\n' } : answer;
}

describe('upgrading a cluster', () => {
  test('takes the control plane, then each node drained and given back, and marks them as the file has them', async () => {
    const result = await upgrade('v1.20.15');
    expect(ends(result)).toEqual([
      'm1 control plane v1.20.15 done',
      'm1 kubelet v1.20.15 done',
      'w1 kubelet v1.20.15 done',
      'w2 kubelet v1.20.15 done',
    ]);
    expect(told).toEqual(['m1 done', 'm1 done', 'w1 done', 'w2 done']);
    expect(machine('m1').text('/etc/kubernetes/manifests/kube-apiserver.yaml')).toContain('kube-apiserver:v1.20.15');
    expect(machine('w1').done).toEqual(expect.arrayContaining([expect.stringContaining('systemctl restart kubelet')]));
    expect(cordoned()).toEqual([]);
    const [, w2] = (await inputFor('v1.20.15')).workers;
    expect(nodeOf('w2').metadata.annotations?.['kinit.dev/inventory']).toBe(w2?.fingerprint);
  });

  test('goes over minors and another etcd, its nodes drained once', { timeout: 240_000 }, async () => {
    const result = await upgrade('v1.22.17');
    expect(ends(result)).toEqual([
      'm1 control plane v1.21.14 done',
      'm1 control plane v1.22.17 done',
      'm1 kubelet v1.22.17 done',
      'w1 kubelet v1.22.17 done',
      'w2 kubelet v1.22.17 done',
    ]);
    expect(machine('m1').text('/etc/kubernetes/manifests/etcd.yaml')).toContain('etcd:3.5.6-0');
    expect((await planUpgrade(await inputFor('v1.22.17'))).hops).toEqual([]);
  });

  test('has nothing to do the second time', async () => {
    await upgrade('v1.20.15');
    const again = await upgrade('v1.20.15');
    expect([again.hops, again.outcomes]).toEqual([[], []]);
  });

  test('keeps etcd as it was before anything is changed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kinit-upgrade-'));
    const { onOperation } = machine('m1');
    const before: (readonly string[])[] = [];
    machine('m1').onOperation = (words) => {
      before.push(readdirSync(folder));
      return onOperation(words);
    };
    try {
      const { snapshot } = await upgrade('v1.20.15', { snapshotFolder: folder });
      expect(before[0]).toHaveLength(1);
      expect(snapshot).toMatch(new RegExp(`^${join(folder, before[0]?.[0] ?? '-')} \\(`));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('takes packages and images from the bundles of the versions on the way, and patches by what they have', async () => {
    const bundles = ['v1.21.10', 'v1.22.17'].map(bundleOf);
    const result = await upgrade('v1.22.17', { bundles });
    expect(ends(result).filter((end) => !end.includes('kubelet'))).toEqual([
      ...['m1', 'w1', 'w2'].map((name) => `${name} images v1.21.10 done`),
      'm1 control plane v1.21.10 done',
      ...['m1', 'w1', 'w2'].map((name) => `${name} images v1.22.17 done`),
      'm1 control plane v1.22.17 done',
    ]);
    const asked = managers.get('w1')?.managed ?? [];
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((line) => !line.includes('--enablerepo=kinit-bundle'))).toEqual([]);
  });

  test('does not begin where a version on the way has no bundle, though others have', async () => {
    await expect(upgrade('v1.22.17', { bundles: [bundleOf('v1.22.17')] })).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('no bundle for v1.21.14'),
    });
    expect(machine('m1').power.spent).toBe(0);
  });

  test('does not begin where the repositories of its hosts lack a version on the way', async () => {
    const before = stateOf();
    const error: unknown = await upgrade('v1.20.14').catch((why: unknown) => why);
    expect(error).toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(
        /^no repository of m1 has kubelet 1\.20\.14; the nearest are 1\.20\.2, 1\.20\.15, 1\.24\.17\n.* w1 .*\n.* w2 /,
      ),
    });
    expect(stateOf()).toEqual(before);
    expect(managers.get('w1')?.managed).toEqual([expect.stringContaining(' list kubelet')]);
  });

  test('asks the repositories of a host once for a version on the way, whatever for', async () => {
    await upgrade('v1.22.17');
    const listed = (name: string) => managers.get(name)?.managed.filter((line) => line.includes(' list kubelet')) ?? [];
    expect([listed('m1').length, listed('w1').length]).toEqual([1, 1]);
  });

  test('has what a node needs brought there before its turn, from no bundle', async () => {
    await upgrade('v1.20.15');
    const packages = 'kubelet-1.20.15 kubectl-1.20.15';
    for (const name of ['m1', 'w1', 'w2']) {
      expect(managers.get(name)?.managed.slice(1)).toEqual([
        `dnf download ${packages}`,
        expect.stringMatching(/^dnf .* install kubelet-1\.20\.15 /),
        expect.stringMatching(/^dnf .* install kubectl-1\.20\.15 /),
      ]);
    }
    expect(machine('w1').pulled.filter((image) => image.includes('kube-proxy'))).toEqual([
      'k8s.gcr.io/kube-proxy:v1.20.15',
    ]);
    await living();
    await upgrade('v1.20.15', { bundles: [bundleOf('v1.20.15')] });
    expect(managers.get('w1')?.managed.filter((line) => line.includes(' download '))).toEqual([]);
    expect(machine('w1').pulled).toEqual([]);
  });

  test('brings workers theirs when the kubelet of the first control plane begins anew, beside nothing that anybody waits for', async () => {
    const order: string[] = [];
    const noting = (name: string, into: string[]) => {
      into.push = (...lines) => {
        order.push(...lines.map((line) => `${name} ${line}`));
        return Array.prototype.push.apply(into, lines);
      };
    };
    for (const name of ['m1', 'w1', 'w2']) noting(name, managers.get(name)?.managed ?? []);
    noting('m1', machine('m1').done);
    await upgrade('v1.20.15');
    const at = (sign: RegExp) => order.findIndex((line) => sign.test(line));
    expect(at(/^m1 dnf download/)).toBeLessThan(at(/^m1 .*systemctl restart kubelet/));
    for (const name of ['w1', 'w2'])
      expect(at(new RegExp(`^${name} dnf download`))).toBeGreaterThan(at(/^m1 .*systemctl restart kubelet/));
    expect(at(/^m1 dnf download/)).toBeGreaterThan(-1);
  });

  test('does not begin where a kubelet would lose an argument, or a disk has no room for what is kept', async () => {
    machine('w2').place('/etc/sysconfig/kubelet', 'KUBELET_EXTRA_ARGS=--feature-gates=BlockVolume=true\n');
    const { observe } = machine('m1');
    machine('m1').observe = async (wanted) => {
      const seen = await observe.call(machine('m1'), wanted);
      const commands = new Map([...seen.commands].map(([argv, answer]) => [argv, full(argv, answer)]));
      return { ...seen, commands };
    };
    const before = stateOf();
    const error: unknown = await upgrade('v1.22.17').catch((why: unknown) => why);
    expect(error).toMatchObject({ exitCode: 2 });
    expect(String((error as Error).message)).toMatch(
      /m1: no room to keep how this node is .*m1: no room for a copy of etcd's data.*w2: KUBELET_EXTRA_ARGS in \/etc\/sysconfig\/kubelet has the feature gate BlockVolume/s,
    );
    expect(stateOf()).toEqual(before);
  });

  test('does not begin where a registry lacks an image of a version on the way, and pulls only what that does not tell of', async () => {
    untold.add('kube-proxy:v1.22.17');
    machine('w2').fails = { operation: 'crictl', stderr: 'StatusNotFound: no such' };
    await expect(upgrade('v1.22.17')).rejects.toMatchObject({
      exitCode: 2,
      host: 'w2',
      message: expect.stringMatching(/kube-proxy:v1\.22\.17.*\nnothing was touched$/s),
    });
    const pulled = [...machines.values()].flatMap((one) => one.pulled);
    expect([...new Set(pulled)].filter((image) => !image.endsWith('kube-proxy:v1.22.17'))).toEqual([]);
  });

  test('does not begin where a webhook does not answer that only a try shows', async () => {
    const silence = new KubeError(500, 'InternalError', 'failed calling webhook "gate.example.com": Post: refused');
    cluster.failNext(/^try Pod/, silence, 100);
    await expect(upgrade('v1.20.15')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('webhook gate.example.com has to answer, and does not: Post: refused'),
    });
    expect(machine('m1').power.spent).toBe(0);
  });

  test('does not begin where the repositories of a host tell of nothing', async () => {
    machine('w2').run = async () => ({ code: 1, stdout: '', stderr: 'Errors during downloading metadata\n' });
    await expect(upgrade('v1.20.15')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('the repositories of w2 tell of no kubelet at all: Errors during downloading'),
    });
  });

  test('is planned without a change', async () => {
    const { hops } = await planUpgrade(await inputFor('v1.20.15'));
    expect(hops.map(({ to, controlPlanes, kubelets }) => [to.text, controlPlanes, kubelets])).toEqual([
      ['v1.20.15', ['m1'], ['m1', 'w1', 'w2']],
    ]);
    expect([...machines.values()].map(({ power: { spent } }) => spent)).toEqual([0, 0, 0]);
  });

  test('is planned with what its hosts would stop it for, all in one table, and nothing is pulled', async () => {
    untold.add('kube-proxy:v1.20.14');
    machine('w2').place('/etc/sysconfig/kubelet', 'KUBELET_EXTRA_ARGS=--feature-gates=PodPriority=true\n');
    const before = stateOf();
    const { risks } = await planUpgrade(await inputFor('v1.20.14'));
    expect(risks.errors.map(({ name, message }) => `${name} ${message}`)).toEqual([
      expect.stringMatching(/^KubeletExtraArgs w2: KUBELET_EXTRA_ARGS in .* has the feature gate PodPriority/),
      ...['m1', 'w1', 'w2'].map((name) =>
        expect.stringMatching(new RegExp(`^KubeletPackage no repository of ${name} has kubelet 1\\.20\\.14`)),
      ),
    ]);
    expect(risks.warnings.filter(({ name }) => name === 'ImagePull').map(({ message }) => message)).toEqual(
      ['m1', 'w1', 'w2'].map((name) =>
        expect.stringMatching(
          new RegExp(`^${name}: its registries do not tell whether they have .*kube-proxy:v1\\.20\\.14$`),
        ),
      ),
    );
    expect(stateOf()).toEqual(before);
    expect([...machines.values()].flatMap((one) => one.pulled)).toEqual([]);
  });

  test.each([
    ['v1.21.10', / 1\.21\.14/],
    ['v1.21.14', /kubelet.*1\.21\./],
  ])('goes through %s where the repositories have nothing like %s', async (through, absent) => {
    const m1 = machine('m1');
    const { run } = m1;
    m1.run = async (...asked) => {
      const answer = await run.apply(m1, asked);
      return { ...answer, stdout: answer.stdout.replace(new RegExp(`^.*${absent.source}.*\n`, 'gm'), '') };
    };
    const { hops } = await planUpgrade(await inputFor('v1.22.17'));
    expect(hops.map(({ to }) => to.text)).toEqual([through, 'v1.22.17']);
  });

  test('stops at a control plane that fails, and touches no worker', async () => {
    machine('m1').fails = { operation: 'write /etc/kubernetes/manifests/kube-apiserver.yaml', stderr: 'no space left' };
    const result = await upgrade('v1.20.15');
    expect(ends(result)).toEqual(['m1 control plane v1.20.15 failed']);
    expect(machine('w1').power.spent).toBe(0);
  });

  test.each([
    [1, ['w1 kubelet v1.20.15 failed', 'w2 kubelet v1.20.15 held back']],
    [2, ['w1 kubelet v1.20.15 failed', 'w2 kubelet v1.20.15 done']],
  ])('lets one sick worker use up a budget of %i', async (maxUnavailable, expected) => {
    machine('w1').fails = { operation: 'systemctl restart kubelet', stderr: 'Job for kubelet.service failed' };
    const result = await upgrade('v1.20.15', { maxUnavailable });
    expect(ends(result).slice(2)).toEqual(expected);
    expect(cordoned()).toEqual(['w1']);
    expect(result.outcomes.find(({ host }) => host === 'w1')?.error?.message).toContain('kubelet');
  });

  test('keeps a node cordoned whose kubelet does not come back, and finishes it with the same command', async () => {
    silent.add('w1');
    const result = await upgrade('v1.20.15');
    expect(result.outcomes.find(({ host }) => host === 'w1')?.error?.message).toMatch(
      /timed out after 2s waiting for node w1 to be Ready with v1\.20\.15: its kubelet has v1\.20\.2/,
    );
    expect(cordoned()).toEqual(['w1']);
    silent.clear();
    expect(ends(await upgrade('v1.20.15'))).toEqual(['w1 kubelet v1.20.15 done', 'w2 kubelet v1.20.15 done']);
    expect(cordoned()).toEqual([]);
  });

  const dbOn = (nodeName: string, metadata: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'db', namespace: 'default', ...metadata },
    spec: { nodeName, containers: [{ name: 'db' }] },
    status: { phase: 'Running', containerStatuses: [{ name: 'db', state: { running: {} } }] },
  });
  const installed = (name: string) =>
    managers.get(name)?.managed.filter((line) => line.includes(' install kubelet-')).length;

  test('installs nothing on a node while a disruption budget holds a pod of it, unless it is forced', async () => {
    await cluster.create(dbOn('w1'));
    cluster.unevictable.add('default/db');
    const result = await upgrade('v1.20.15', { drainDeadline: 1 });
    expect(result.outcomes.find(({ host }) => host === 'w1')?.error?.message).toContain(
      '1 pod did not leave within 1s',
    );
    expect([installed('w1'), cordoned()]).toEqual([0, ['w1']]);
    expect(ends(await upgrade('v1.20.15', { drainDeadline: 1, force: true }))).toContain('w1 kubelet v1.20.15 done');
    expect(installed('w1')).toBe(1);
  });

  test('installs a kubelet while pods leave, and begins it anew when they have left', async () => {
    await cluster.create(dbOn('w1', { deletionTimestamp: '2026-01-01T00:00:00Z' }));
    const result = await upgrade('v1.20.15', { drainDeadline: 1 });
    expect(result.outcomes.find(({ host }) => host === 'w1')?.error?.message).toContain(
      '1 pod did not leave within 1s',
    );
    expect([installed('w1'), machine('w1').done.filter((line) => line.includes('restart kubelet'))]).toEqual([1, []]);
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'db' });
    expect(ends(await upgrade('v1.20.15'))).toEqual(['w1 kubelet v1.20.15 done', 'w2 kubelet v1.20.15 done']);
    expect([installed('w1'), cordoned()]).toEqual([1, []]);
  });

  test('marks nodes that an earlier run has brought through, too', async () => {
    silent.add('w2');
    await upgrade('v1.20.15');
    silent.clear();
    expect(ends(await upgrade('v1.20.15'))).toEqual(['w2 kubelet v1.20.15 done']);
    const { controlPlanes, workers } = await inputFor('v1.20.15');
    for (const { name, fingerprint } of [...controlPlanes, ...workers])
      expect(nodeOf(name).metadata.annotations?.['kinit.dev/inventory'], name).toBe(fingerprint);
  });

  test('finishes a node that is out of service already before it takes another one out', async () => {
    silent.add('w1');
    await upgrade('v1.20.15');
    silent.clear();
    for (const [name, owner, unschedulable] of [
      ['w1', null, null],
      ['w2', upgradeOwner, true],
    ] as const) {
      const ref = { apiVersion: 'v1', kind: 'Node', name };
      await cluster.patch(ref, 'merge', {
        metadata: { annotations: { [cordonedBy]: owner } },
        spec: { unschedulable },
      });
    }
    told.length = 0;
    await upgrade('v1.20.15');
    expect(told).toEqual(['w2 done', 'w1 done']);
    expect(cordoned()).toEqual([]);
  });

  test('leaves a node cordoned that somebody else had cordoned', async () => {
    const ref = { apiVersion: 'v1', kind: 'Node', name: 'w1' };
    await cluster.patch(ref, 'merge', { spec: { unschedulable: true } });
    await upgrade('v1.20.15');
    expect(cordoned()).toEqual(['w1']);
  });

  test('does not begin where a node that has to go along is not reached', async () => {
    const unreached = upgrade('v1.20.15', {
      async dial(entries) {
        const open = entries.filter(({ name }) => name !== 'w2');
        return {
          machines: open.map((entry) => ({ entry, host: machine(entry.name) })),
          failures: entries
            .filter(({ name }) => name === 'w2')
            .map((entry) => ({ entry, error: new KinitError('no answer', { host: 'w2' }) })),
        };
      },
    });
    await expect(unreached).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('w2 (no answer)') });
    expect(machine('m1').power.spent).toBe(0);
  });

  test('does not begin where the file leaves out a node of the cluster', async () => {
    const { workers } = await inputFor('v1.20.15');
    await expect(upgrade('v1.20.15', { workers: workers.slice(0, 1) })).rejects.toThrow(/does not name.*: w2/);
  });

  test('does not begin where it would damage the cluster, unless that is taken', async () => {
    await cluster.create({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'gate' },
      webhooks: [{ name: 'gate.example.com', clientConfig: { service: { namespace: 'gate', name: 'hook' } } }],
    });
    await expect(upgrade('v1.20.15')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('[ERROR DeadWebhook]'),
    });
    expect(machine('m1').power.spent).toBe(0);
    expect(ends(await upgrade('v1.20.15', { ignored: ['DeadWebhook'] }))).toHaveLength(4);
  });

  test('does not begin where a host does not carry a version on the way', async () => {
    const w1 = machine('w1');
    const observe = w1.observe.bind(w1);
    w1.observe = async (wanted) => {
      const seen = await observe(wanted);
      return seen.facts ? { ...seen, facts: { ...seen.facts, kernel: '2.6.32-754.el6.x86_64' } } : seen;
    };
    await expect(upgrade('v1.20.15')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('w1 cannot go to v1.20.15: unsupported kernel release: 2.6.32'),
    });
    expect(machine('m1').power.spent).toBe(0);
  });

  test.each(['m1', 'w1'])(
    'killed after any operation on %s, the same command ends in the same state',
    { timeout: 240_000 },
    async (name) => {
      await upgrade('v1.20.15');
      const [whole, operations] = [stateOf(), machine(name).power.spent];
      expect(operations).toBeGreaterThan(1);
      for (let killedAfter = 0; killedAfter < operations; killedAfter += Math.ceil(operations / 12)) {
        await living();
        machine(name).power = power(killedAfter);
        await upgrade('v1.20.15').catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
        for (const one of machines.values()) one.power = power();
        await upgrade('v1.20.15');
        expect(stateOf(), `killed after ${killedAfter}`).toEqual(whole);
      }
    },
  );
});

describe('nodes on docker', () => {
  const flagsFile = '/var/lib/kubelet/kubeadm-flags.env';
  const onDocker = 'KUBELET_KUBEADM_ARGS="--network-plugin=cni --pod-infra-container-image=k8s.gcr.io/pause:3.2"\n';

  /** As docker runs a node's pods. */
  async function dockers(name: string): Promise<void> {
    machine(name).place(flagsFile, onDocker);
    const ref = { apiVersion: 'v1', kind: 'Node', name };
    await cluster.patch(ref, 'merge', { status: { nodeInfo: { containerRuntimeVersion: 'docker://20.10.24' } } });
    containers.set(name, ['0a1b2c3d', '4e5f6a7b']);
  }
  beforeEach(() => containers.clear());

  test('leave it before the first version without it, one after the other, drained, and come back as they were', async () => {
    for (const name of ['m1', 'w1']) await dockers(name);
    const result = await upgrade('v1.24.17');
    expect(ends(result).filter((end) => / runtime |v1\.2[34]/.test(end))).toEqual([
      'm1 control plane v1.23.17 done',
      'm1 runtime v1.24.17 done',
      'w1 runtime v1.24.17 done',
      'm1 control plane v1.24.17 done',
      'm1 kubelet v1.24.17 done',
      'w1 kubelet v1.24.17 done',
      'w2 kubelet v1.24.17 done',
    ]);
    expect([...containers.values()]).toEqual([[], []]);
    expect(machine('w1').text(flagsFile)).toContain('--container-runtime=remote --container-runtime-endpoint=unix:///');
    expect(machine('w1').text(flagsFile)).not.toContain('network-plugin');
    expect(nodeOf('w1').metadata.annotations?.['kubeadm.alpha.kubernetes.io/cri-socket']).toContain('containerd.sock');
    expect(cordoned()).toEqual([]);
  }, 240_000);

  test('are moved whole by the same command where the move was cut off after any operation', async () => {
    const release = releaseFor(parseVersion(from));
    const move = async () => {
      const input = await inputFor(from);
      const target = on(input.run, { host: machine('w1'), release, kube: machine('w1').kube });
      return moveRuntime('w1', target, input, input);
    };
    await dockers('w1');
    await move();
    const operations = machine('w1').power.spent;
    const whole = stateOf();
    expect(operations).toBeGreaterThan(3);
    for (let killedAfter = 0; killedAfter < operations; killedAfter++) {
      await living();
      await dockers('w1');
      machine('w1').power = power(killedAfter);
      await expect(move(), `killed after ${killedAfter}`).rejects.toThrow();
      machine('w1').power = power();
      await move();
      expect(stateOf(), `killed after ${killedAfter}`).toEqual(whole);
      expect([containers.get('w1'), cordoned()]).toEqual([[], []]);
    }
  }, 240_000);

  test('stay cordoned where docker does not answer, since its containers hold their ports', async () => {
    await dockers('w1');
    const input = await inputFor(from);
    const target = on(input.run, {
      host: machine('w1'),
      release: releaseFor(parseVersion(from)),
      kube: machine('w1').kube,
    });
    containers.set('w1', undefined);
    await expect(moveRuntime('w1', target, input, input)).rejects.toThrow('docker does not say');
    expect([cordoned(), machine('w1').text(flagsFile)]).toEqual([['w1'], onDocker]);
  });

  test.each([
    ['remove', []],
    ['leave', ['docker-ce', 'docker-ce-cli']],
  ] as const)('%s docker itself as the file says, whenever that is cut off', async (docker, left) => {
    const { packages } = managers.get('w1') as FakeCentos;
    const move = async () => {
      const input = await inputFor(from);
      const wanted = { ...input, inventory: { ...input.inventory, runtime: { ...input.inventory.runtime, docker } } };
      const release = releaseFor(parseVersion(from));
      return moveRuntime(
        'w1',
        on(input.run, { host: machine('w1'), release, kube: machine('w1').kube }),
        wanted,
        input,
      );
    };
    const begin = async () => {
      await dockers('w1');
      for (const name of ['docker-ce', 'docker-ce-cli']) packages.set(name, '20.10.24');
      machine('w1').power = power();
    };
    await begin();
    await move();
    const operations = machine('w1').power.spent;
    for (let killedAfter = operations - 3; killedAfter < operations; killedAfter++) {
      await begin();
      machine('w1').power = power(killedAfter);
      await expect(move(), `killed after ${killedAfter}`).rejects.toThrow();
      machine('w1').power = power();
      await move();
      expect([...packages.keys()].filter((name) => name.startsWith('docker'))).toEqual(left);
      expect([packages.has('containerd.io'), cordoned()]).toEqual([true, []]);
    }
  });

  test('stay on it where the file says so', async () => {
    await dockers('w1');
    const input = await inputFor(from);
    const inventory = { ...input.inventory, runtime: { ...input.inventory.runtime, name: 'docker' as const } };
    expect(movesRuntime(nodeOf('w1'), { inventory })).toBe(false);
    expect(movesRuntime(nodeOf('w1'), input)).toBe(true);
    expect(movesRuntime(nodeOf('w2'), input)).toBe(false);
  });
});
