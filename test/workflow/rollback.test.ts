import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KinitError } from '../../src/errors.ts';
import { findWay } from '../../src/workflows/cluster/rollback/find-way.ts';
import { rollback } from '../../src/workflows/cluster/rollback/rollback.ts';
import type { ClusterUpgrade, UpgradeOutcome } from '../../src/workflows/cluster/upgrade/upgrade-input.ts';
import { Killed, power } from '../fakes/power.ts';
import {
  cluster,
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
  upgrade,
} from './cluster-to-upgrade.ts';

beforeEach(living);
afterEach(gone);

const back = async (more: Partial<ClusterUpgrade> = {}) => {
  const input = await inputFor(from, more);
  return rollback(await findWay(input), input);
};
const told = ({ outcomes }: { readonly outcomes: readonly UpgradeOutcome[] }) =>
  outcomes.map(({ host, part, to, result }) => `${host} ${part} ${to} ${result}`);

const record = '/var/lib/kinit/journal/way-back.json';
const kubeletOf = (name: string) => nodeOf(name)['status'] as { nodeInfo: { kubeletVersion: string } };
const kubelets = () => [...machines.keys()].map((name) => kubeletOf(name).nodeInfo.kubeletVersion);
const packagesOf = (name: string) => managers.get(name)?.packages.get('kubelet');

/**
 * What an upgrade may change: on the hosts without what differs from run to run, nor what their preparation makes, which
 * none of them has seen before; and in the cluster.
 */
function stateOf() {
  const isLeft = (path: string) =>
    /^\/etc\/kubernetes\/(tmp|pki)\/|^\/etc\/kubernetes\/[\w-]+\.conf$|^\/etc\/(yum|containerd)|^\/var\/lib\/kinit\/(undo|packages)/.test(
      path,
    );
  const files = [...machines.values()].flatMap((one) =>
    [...one.files()].filter(([path]) => !isLeft(path)).map(([path, { mode, text }]) => [one.name, path, mode, text]),
  );
  const kept = ['ConfigMap', 'DaemonSet', 'Deployment'].flatMap((kind) =>
    cluster
      .objects(kind)
      .filter(({ metadata: { name } }) => !/^kubelet-config-1\.21/.test(name))
      .map(({ metadata: { name }, data, spec }) => [kind, name, data, spec]),
  );
  const marks = cluster.objects('Node').map(({ metadata, spec }) => [metadata.name, metadata.labels, spec]);
  return { files, kept, marks, kubelets: kubelets() };
}

// Each upgrades a cluster, and many of them twice: seconds on a quiet machine.
describe('the way back of an upgrade', { timeout: 240_000 }, () => {
  test.each(['v1.20.15', 'v1.21.14'])(
    'takes everything to what it was before %s: kubelets first, the stored configuration last',
    async (to) => {
      const before = stateOf();
      await upgrade(to);
      expect(stateOf()).not.toEqual(before);
      expect(told(await back())).toEqual([
        `w1 kubelet ${from} done`,
        `w2 kubelet ${from} done`,
        `m1 kubelet ${from} done`,
        `m1 control plane ${from} done`,
      ]);
      expect(stateOf()).toEqual(before);
      expect([...machines.keys()].map(packagesOf)).toEqual(['1.20.2', '1.20.2', '1.20.2']);
      expect(cordoned()).toEqual([]);
    },
  );

  test('has nothing to do the second time, nor where there was no upgrade', async () => {
    expect(told(await back())).toEqual([]);
    await upgrade('v1.20.15');
    await back();
    const spent = [...machines.values()].map(({ power: { spent } }) => spent);
    expect(told(await back())).toEqual([]);
    expect([...machines.values()].map(({ power: { spent } }) => spent)).toEqual(spent);
  });

  test('is kept for root alone, before the first change of each node', async () => {
    const first = new Map<string, string[]>();
    for (const [name, one] of machines) {
      const { onOperation } = one;
      one.onOperation = async (words) => {
        first.set(name, [...(first.get(name) ?? []), words]);
        await onOperation(words);
      };
    }
    await upgrade('v1.20.15');
    for (const name of machines.keys()) {
      const all = (first.get(name) ?? []).filter((words) => !words.includes('/var/lib/kinit/journal'));
      const changes = (first.get(name) ?? []).indexOf(all[0] ?? '');
      expect(first.get(name)?.slice(0, changes), name).toContain(`write ${record}`);
      expect(machine(name).files().get(record)?.mode, name).toBe(0o600);
      expect(machine(name).entries.get('/var/lib/kinit/journal/way-back')?.mode, name).toBe(0o700);
    }
  });

  test('is not kept of a host whose kubelet folder is unmounted, as one that shuts down; the same command goes on', async () => {
    const { entries } = machine('w2');
    const config = '/var/lib/kubelet/config.yaml';
    const there = entries.get(config);
    entries.delete(config);
    const [failed] = (await upgrade('v1.20.15')).outcomes.filter(({ error }) => error !== undefined);
    expect(failed?.error?.message).toContain(`its kubelet has no ${config}`);
    expect([packagesOf('w2'), machine('w2').files().has(record)]).toEqual(['1.20.2', false]);
    if (there !== undefined) entries.set(config, there);
    await upgrade('v1.20.15');
    await back();
    expect(machine('w2').files().has(config)).toBe(true);
  });

  test('leaves a kubelet what it has where nothing of it was seen when the way back was kept', async () => {
    await upgrade('v1.20.15');
    const one = machine('w2');
    const kept = JSON.parse(one.files().get(record)?.text ?? '') as { files: { at: string | null }[] };
    await one.write([
      {
        path: record,
        mode: 0o600,
        content: JSON.stringify({ ...kept, files: kept.files.map((file) => ({ ...file, at: null })) }),
      },
    ]);
    await back();
    expect(one.files().has('/var/lib/kubelet/config.yaml')).toBe(true);
  });

  test('takes back what a run that stopped half-way has done, and leaves the others alone', async () => {
    silent.add('w1');
    expect(ends(await upgrade('v1.20.15')).slice(2)).toEqual([
      'w1 kubelet v1.20.15 failed',
      'w2 kubelet v1.20.15 held back',
    ]);
    silent.clear();
    const before = machine('w2').power.spent;
    expect(told(await back())).toEqual([
      `w1 kubelet ${from} done`,
      `m1 kubelet ${from} done`,
      `m1 control plane ${from} done`,
    ]);
    expect([kubelets(), cordoned(), machine('w2').power.spent]).toEqual([[from, from, from], [], before]);
  });

  test('goes one version back, not the whole walk', async () => {
    await upgrade('v1.21.14');
    const between = stateOf();
    await upgrade('v1.21.10').catch(() => {});
    expect(stateOf()).toEqual(between);
    const { way } = await back();
    expect([way.hop?.text, way.back?.text]).toEqual(['v1.21.14', from]);
  });

  test('is followed by an upgrade as if there had been none', async () => {
    await upgrade('v1.21.14');
    const whole = stateOf();
    await back();
    await upgrade('v1.21.14');
    expect(stateOf()).toEqual(whole);
  });

  test('is refused where etcd went to another minor, and names the snapshot; nothing is touched', {
    timeout: 240_000,
  }, async () => {
    await upgrade('v1.22.17', { snapshotFolder: undefined });
    const text = machine('m1').text(record) ?? '';
    machine('m1').place(
      record,
      text.replace('"snapshot": null', '"snapshot": "/root/etcd-snapshots/before.db"'),
      0o600,
    );
    const spent = [...machines.values()].map(({ power }) => power.spent);
    await expect(back()).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/etcd on m1 went from 3\.4\.13.* to 3\.5\.6.*nothing was touched/),
      hint: expect.stringContaining('the snapshot of before is /root/etcd-snapshots/before.db'),
    });
    expect([...machines.values()].map(({ power }) => power.spent)).toEqual(spent);
  });

  test('is refused where a node that came since would be newer than the API servers', async () => {
    await upgrade('v1.21.14');
    machine('w2').entries.delete(record);
    await expect(back()).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('w2 (v1.21.14)'),
      hint: expect.stringContaining('kinit node remove w2'),
    });
  });

  test('is refused where a control plane went on since', async () => {
    await upgrade('v1.21.14');
    const path = '/etc/kubernetes/manifests/kube-apiserver.yaml';
    machine('m1').place(path, (machine('m1').text(path) ?? '').replaceAll('v1.21.14', 'v1.22.17'), 0o600);
    await expect(back()).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('m1 runs v1.22.17 by now'),
    });
  });

  test('wants every node of the file', async () => {
    await upgrade('v1.20.15');
    const unreached = back({
      async dial(entries) {
        const [first, ...others] = entries;
        const failures =
          first === undefined ? [] : [{ entry: first, error: new KinitError('no answer', { host: 'm1' }) }];
        return { machines: others.map((entry) => ({ entry, host: machine(entry.name) })), failures };
      },
    });
    await expect(unreached).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('m1 (no answer)') });
  });

  test('names a record that is damaged', async () => {
    await upgrade('v1.20.15');
    machine('w1').place(record, '{', 0o600);
    await expect(back()).rejects.toThrow(`${record} is damaged`);
    machine('w1').place(
      record,
      JSON.stringify({
        to: 'v1.20.15',
        apiServer: null,
        kubelet: from,
        snapshot: null,
        files: [{ path: '/etc/shadow', at: null }],
      }),
      0o600,
    );
    await expect(back()).rejects.toThrow(`${record} is damaged`);
  });

  test('stops at a worker that does not come back, and leaves the control plane as it is', async () => {
    await upgrade('v1.20.15');
    silent.add('w1');
    expect(told(await back())).toEqual([`w1 kubelet ${from} failed`, `w2 kubelet ${from} held back`]);
    expect(cordoned()).toEqual(['w1']);
    expect(machine('m1').text('/etc/kubernetes/manifests/kube-apiserver.yaml')).toContain('v1.20.15');
    silent.clear();
    await back();
    expect([kubelets(), cordoned()]).toEqual([[from, from, from], []]);
  });

  test.each(['m1', 'w1'])(
    'killed after any operation on %s, the same command ends in the same state',
    { timeout: 400_000 },
    async (name) => {
      await upgrade('v1.21.14');
      const upgraded = machine(name).power.spent;
      await back();
      const [whole, operations] = [stateOf(), machine(name).power.spent - upgraded];
      expect(operations).toBeGreaterThan(3);
      for (let killedAfter = 0; killedAfter < operations; killedAfter += Math.ceil(operations / 5)) {
        await living();
        await upgrade('v1.21.14');
        machine(name).power = power(killedAfter);
        await back().catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
        for (const one of machines.values()) one.power = power();
        await back();
        expect(stateOf(), `killed after ${killedAfter}`).toEqual(whole);
      }
    },
  );

  test('is known whole however the upgrade was killed', { timeout: 400_000 }, async () => {
    const before = stateOf();
    await upgrade('v1.21.14');
    const operations = machine('m1').power.spent;
    for (let killedAfter = 0; killedAfter < operations; killedAfter += Math.ceil(operations / 5)) {
      await living();
      machine('m1').power = power(killedAfter);
      await upgrade('v1.21.14').catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      machine('m1').power = power();
      await back();
      expect(stateOf().files, `killed after ${killedAfter}`).toEqual(before.files);
      expect(stateOf().kept, `killed after ${killedAfter}`).toEqual(before.kept);
    }
  });
});
