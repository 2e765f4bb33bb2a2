import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { versionOf } from '../../src/commands/input/version-label.ts';
import { readConfigFile } from '../../src/config/read.ts';
import { KinitError } from '../../src/errors.ts';
import { rehearsing } from '../../src/execute/run.ts';
import { readInventory } from '../../src/inventory/read.ts';
import type { ClusterFile } from '../../src/inventory/types.ts';
import { up } from '../../src/workflows/cluster/up/up.ts';
import type { UpInput } from '../../src/workflows/cluster/up/up-input.ts';
import { wantedCluster } from '../../src/workflows/cluster/up/wanted-cluster.ts';
import { bareMachine } from '../fakes/bare-machine.ts';
import { FakeRoom, silence } from '../fakes/room.ts';
import { quietRun } from '../run.ts';

let room: FakeRoom;
let asked: (readonly string[])[];
const pruning: NonNullable<UpInput['pruning']> = {
  agree: async (names) => void asked.push(names),
  dial: async (name) => bareMachine(name),
  drainDeadline: 1,
};

/** What `up` goes by where the file has cp1 and these workers, and the machines are looked at like that. */
async function inputFor(workers: readonly string[], more: Partial<UpInput> = {}): Promise<UpInput> {
  const names = ['cp1', ...workers];
  const entries = names.map((name, index) => {
    return `- { name: ${name}, address: 10.0.0.${index + 11}${index === 0 ? ', role: control-plane' : ''} }`;
  });
  const text = `apiVersion: kinit.dev/v1alpha1
kind: Inventory
hosts:
${entries.join('\n')}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.31.0
encryptionAlgorithm: ECDSA-P256
networking: { podSubnet: 10.244.0.0/16 }
`;
  const documents = (await readConfigFile(text, 'cluster.yaml')) as ClusterFile;
  const inventory = readInventory(documents.inventory);
  return {
    ...(await wantedCluster(documents, inventory, { versionOf, warn: () => {}, ignorePreflightErrors: ['all'] })),
    network: { kind: 'flannel', place: 'network' },
    patches: { controlPlanes: [], workers: [] },
    dial: async (wanted) => ({
      machines: wanted.map((entry) => ({ entry, host: room.host(entry.name) })),
      failures: [],
    }),
    run: quietRun({ now: Date.now() }),
    parallel: 32,
    readyDeadline: 60,
    everything: false,
    ...more,
  };
}

const nodes = () =>
  room.kube
    .objects('Node')
    .map(({ metadata }) => metadata.name)
    .sort();
const everything = () =>
  JSON.stringify([[...room.hosts].map(([name, host]) => [name, [...host.entries]]), room.kube.objects()]);

/** A cluster of cp1, w1 and w2. */
beforeEach(async () => {
  asked = [];
  room = await new FakeRoom().open(['cp1', 'w1', 'w2']);
  await up(await inputFor(['w1', 'w2']));
  for (const [index, node] of room.kube.objects('Node').entries()) {
    const addresses = [{ type: 'InternalIP', address: `10.0.0.${index + 11}` }];
    await room.kube.update({ ...node, status: { ...(node['status'] as object), addresses } });
  }
}, 60_000);
afterEach(() => room.close());

describe('kinit up --prune of a file that has w2 no more', () => {
  test('takes it out once somebody has said yes', async () => {
    const { outcomes, strangers } = await up(await inputFor(['w1'], { pruning }));
    expect(asked).toEqual([['w2']]);
    expect(outcomes.map(({ host, result, error }) => [host, error?.message ?? result])).toEqual([
      ['cp1', 'up'],
      ['w1', 'not asked'],
      ['w2', 'removed'],
    ]);
    expect([nodes(), strangers]).toEqual([['cp1', 'w1'], []]);
  });

  test('touches nothing where nobody says yes', async () => {
    const before = everything();
    const agree = () => Promise.reject(new KinitError('nothing was touched: nobody said yes', { exitCode: 3 }));
    await expect(up(await inputFor(['w1'], { pruning: { ...pruning, agree } }))).rejects.toMatchObject({ exitCode: 3 });
    expect(everything()).toBe(before);
  });

  test('asks nobody where the file has all', async () => {
    await up(await inputFor(['w1', 'w2'], { pruning }));
    expect([asked, nodes()]).toEqual([[], ['cp1', 'w1', 'w2']]);
  });

  test('is planned by name; that asks nobody and touches nothing', async () => {
    const before = everything();
    const run = rehearsing(quietRun({ now: Date.now() }));
    const { leaving, strangers } = await up(await inputFor(['w1'], { pruning, run }));
    expect([leaving, strangers, asked]).toEqual([['w2'], ['w2'], []]);
    expect(everything()).toBe(before);
  });

  test('leaves it where a control plane of the file is not as it says', async () => {
    room.beforePerform = (host) => void (host === 'cp1' && silence(host));
    await room.host('cp1').write([{ path: '/etc/hosts', content: '', mode: 0o644 }]);
    const { outcomes } = await up(await inputFor(['w1'], { pruning }));
    expect(outcomes.at(-1)?.error?.message).toBe('not begun: cp1 of the file is not as it says');
    expect(nodes()).toContain('w2');
  });
});
