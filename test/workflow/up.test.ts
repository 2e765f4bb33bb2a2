import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { versionOf } from '../../src/commands/input/version-label.ts';
import { readConfigFile } from '../../src/config/read.ts';
import { KinitError } from '../../src/errors.ts';
import { type Run, rehearsing } from '../../src/execute/run.ts';
import type { Facts } from '../../src/host/facts/facts.ts';
import type { Operation } from '../../src/host/host.ts';
import { ownProcess } from '../../src/host/lock/process-identity.ts';
import { readInventory } from '../../src/inventory/read.ts';
import type { ClusterFile } from '../../src/inventory/types.ts';
import { KubeError } from '../../src/kube/error.ts';
import { tokenSecret } from '../../src/manifests/bootstrap-token.ts';
import { planEntries } from '../../src/report/plan-entry.ts';
import { type Reporter, silentReporter } from '../../src/report/reporter.ts';
import { up } from '../../src/workflows/cluster/up/up.ts';
import type { UpInput, UpResult } from '../../src/workflows/cluster/up/up-input.ts';
import { exitCodeOfUp } from '../../src/workflows/cluster/up/up-outcome.ts';
import { wantedCluster } from '../../src/workflows/cluster/up/wanted-cluster.ts';
import { testAuthority } from '../certificates.ts';
import { FakeRoom, silence } from '../fakes/room.ts';
import { quietRun } from '../run.ts';

interface Wish {
  readonly hosts?: readonly string[];
  readonly labels?: string;
  readonly networking?: string;
  readonly network?: string;
  readonly ignored?: readonly string[];
  /** How many of the hosts, the first ones. */
  readonly controlPlanes?: number;
}

/** A file in the operators' words. */
function clusterFile({
  hosts = ['cp1', 'w1', 'w2'],
  labels = '{}',
  networking = 'podSubnet: 10.244.0.0/16',
  network = 'flannel',
  controlPlanes = 1,
}: Wish): string {
  const entries = hosts.map((name, index) => {
    const role = index < controlPlanes ? ', role: control-plane' : '';
    return `- { name: ${name}, address: 10.0.0.${index + 11}${role}, labels: ${name === 'w1' ? labels : '{}'} }`;
  });
  return [
    'apiVersion: kinit.dev/v1alpha1',
    'kind: Inventory',
    `network: { plugin: ${network} }`,
    'hosts:',
    ...entries,
    '---',
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    'kubernetesVersion: v1.31.0',
    'encryptionAlgorithm: ECDSA-P256',
    `networking: { ${networking} }`,
    '',
  ].join('\n');
}

let room: FakeRoom;
let dialled: string[];
beforeEach(async () => {
  room = await new FakeRoom().open(['cp1', 'w1', 'w2', 'w3']);
  dialled = [];
});
afterEach(() => room.close());

const run = (more: Partial<Run> = {}) => quietRun({ now: Date.now(), ...more });

async function inputFor(wish: Wish = {}, more: Partial<UpInput> = {}): Promise<UpInput> {
  const documents = (await readConfigFile(clusterFile(wish), 'cluster.yaml')) as ClusterFile;
  const inventory = readInventory(documents.inventory);
  return {
    ...(await wantedCluster(documents, inventory, {
      versionOf,
      warn: () => {},
      ignorePreflightErrors: wish.ignored ?? [],
    })),
    network: wish.network === 'none' ? { kind: 'none' } : { kind: 'flannel', place: 'network' },
    patches: { controlPlanes: [], workers: [] },
    async dial(entries) {
      dialled.push(...entries.map(({ name }) => name));
      return { machines: entries.map((entry) => ({ entry, host: room.host(entry.name) })), failures: [] };
    },
    run: run(),
    parallel: 32,
    readyDeadline: 5,
    everything: false,
    ...more,
  };
}

async function plan(wish: Wish = {}, more: Partial<UpInput> = {}): Promise<UpResult> {
  const input = await inputFor({ ...wish, ignored: ['all'] }, more);
  return up({ ...input, run: rehearsing(input.run) });
}

const results = ({ outcomes }: UpResult) => Object.fromEntries(outcomes.map(({ host, result }) => [host, result]));
const problems = ({ outcomes }: UpResult) =>
  outcomes.flatMap(({ host, error }) => (error ? [`${host}: ${error.message}`] : []));
const planned = ({ outcomes }: UpResult) =>
  outcomes.flatMap(({ host, changed }) => planEntries(changed).map(({ what }) => `${host}: ${what}`));
const nodes = () =>
  room.kube
    .objects('Node')
    .map(({ metadata }) => metadata.name)
    .sort();

/** What no preparation mends. */
const unfit: Partial<Facts> = { systemd: false };

/** Everything on the machines and in the cluster, to see that nothing was touched. */
function everything(): unknown {
  const files = [...room.hosts].map(([name, host]) => [name, [...host.entries]]);
  return JSON.stringify([
    files,
    room.kube.objects(),
    [...room.hosts.values()].map(({ ran }) => ran.filter(([program]) => program === 'systemctl')),
  ]);
}

/** As the cluster keeps it. */
function endpoint(): string | undefined {
  const stored = room.kube.objects('ConfigMap').find(({ metadata }) => metadata.name === 'kubeadm-config');
  const text = (stored?.['data'] as Record<string, string> | undefined)?.['ClusterConfiguration'] ?? '';
  return /^controlPlaneEndpoint: (.*)$/m.exec(text)?.[1];
}

/** A reporter, and what settles when it hears that a machine is up. */
function reporterOf(name: string) {
  let done = (): void => undefined;
  const isDone = new Promise<void>((resolve) => {
    done = resolve;
  });
  const reporter: Reporter = {
    ...silentReporter,
    report: (event) => event.type === 'host' && event.host === name && event.state === 'done' && done(),
  };
  return { reporter, isDone };
}

describe('kinit up', () => {
  test('brings up the others while one worker is still being dialled, and that one once it is there', async () => {
    const { reporter, isDone } = reporterOf('w1');
    const input = await inputFor({}, { run: run({ reporter }) });
    const { dial } = input;
    const result = await up({
      ...input,
      async dial(entries) {
        if (entries.some(({ name }) => name === 'w2')) await isDone;
        return dial(entries);
      },
    });
    expect(results(result)).toEqual({ cp1: 'up', w1: 'up', w2: 'up' });
  });

  describe('while a worker waits for the control plane', () => {
    /** Before what a machine performs. */
    const doingBefore = (name: string, what: (operations: readonly Operation[]) => unknown) => {
      const host = room.host(name);
      const perform = host.perform.bind(host);
      host.perform = async (operations) => {
        await what(operations);
        return perform(operations);
      };
    };
    const names = () =>
      room
        .host('w1')
        .ran.flatMap((argv) => (argv.includes('pull') ? (/[^/]*(?=:)/.exec(argv.at(-1) ?? '') ?? []) : []));

    test('the images of its node come to it', async () => {
      doingBefore('cp1', () => vi.waitUntil(() => (names() as string[]).includes('kube-proxy'), { timeout: 30_000 }));
      expect(results(await up(await inputFor()))).toEqual({ cp1: 'up', w1: 'up', w2: 'up' });
      expect(names()).toEqual(['pause', 'kube-proxy']);
    });

    test('it is no failure of its where none comes', async () => {
      const isMade = () => room.host('cp1').text('/etc/kubernetes/admin.conf') !== undefined;
      const pulls = (operation: Operation) => operation.op === 'run' && operation.argv.includes('pull');
      doingBefore('w1', (operations) => operations.some(pulls) && !isMade() && silence('w1'));
      expect(results(await up(await inputFor()))).toEqual({ cp1: 'up', w1: 'up', w2: 'up' });
    });
  });

  test('leaves out a worker that is reached late and does not pass its checks', async () => {
    const { reporter, isDone } = reporterOf('w1');
    room.host('w2').facts = unfit;
    const input = await inputFor({}, { run: run({ reporter }) });
    const { dial } = input;
    const result = await up({
      ...input,
      async dial(entries) {
        if (entries.some(({ name }) => name === 'w2')) await isDone;
        return dial(entries);
      },
    });
    expect(results(result)).toEqual({ cp1: 'up', w1: 'up', w2: 'left out' });
  });

  test('makes of bare machines a cluster with all of its nodes, labels and network', async () => {
    const result = await up(await inputFor({ labels: '{ disk: ssd }' }));
    expect(problems(result)).toEqual([]);
    expect(results(result)).toEqual({ cp1: 'up', w1: 'up', w2: 'up' });
    expect(exitCodeOfUp(result)).toBe(0);
    expect(nodes()).toEqual(['cp1', 'w1', 'w2']);
    expect(room.kube.objects('Node').find(({ metadata }) => metadata.name === 'w1')?.metadata.labels).toMatchObject({
      disk: 'ssd',
    });
    expect(room.kube.objects('DaemonSet').map(({ metadata }) => metadata.name)).toContain('kube-flannel-ds');
    expect([result.unready.size, result.strangers]).toEqual([0, []]);
  });

  test('makes of a machine with the PKI of a lost cluster one with the same CAs and the same key of service accounts', async () => {
    const authorities = await Promise.all(['ca', 'front-proxy-ca', 'etcd/ca'].map((name) => testAuthority(name)));
    const sa = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const shared = {
      'ca.crt': authorities[0]!.certificate,
      'ca.key': authorities[0]!.key.reveal(),
      'front-proxy-ca.crt': authorities[1]!.certificate,
      'front-proxy-ca.key': authorities[1]!.key.reveal(),
      'etcd/ca.crt': authorities[2]!.certificate,
      'etcd/ca.key': authorities[2]!.key.reveal(),
      'sa.key': sa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'sa.pub': sa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    };
    const host = room.host('cp1');
    for (const [name, content] of Object.entries(shared)) host.place(`/etc/kubernetes/pki/${name}`, content, 0o600);
    expect(problems(await up(await inputFor({ controlPlanes: 1 })))).toEqual([]);
    const there = Object.keys(shared).map((name) => [name, host.text(`/etc/kubernetes/pki/${name}`)]);
    expect(Object.fromEntries(there)).toEqual(shared);
    expect(host.text('/etc/kubernetes/admin.conf')).toContain(Buffer.from(shared['ca.crt']).toString('base64'));
  });

  test('leaves no bootstrap token behind: nobody waits for one', async () => {
    await up(await inputFor());
    expect(room.kube.objects('Secret').filter(({ metadata }) => metadata.name.startsWith('bootstrap-token'))).toEqual(
      [],
    );
  });

  test('revokes the token of a run that was killed on this machine, also where nothing is left to do', async () => {
    await up(await inputFor());
    const secret = tokenSecret({ token: 'abcdef.0123456789abcdef', usages: [], groups: [] }, 0);
    const gone = ((await ownProcess()) ?? '').replace(/ \d+ \d+$/, ' 4194305 1');
    await room.kube.create({ ...secret, metadata: { ...secret.metadata, annotations: { 'kinit.dev/process': gone } } });
    await up(await inputFor());
    expect(room.kube.objects('Secret').map(({ metadata }) => metadata.name)).not.toContain(secret.metadata.name);
  });

  test('asks the second time the control plane alone, and changes nothing', async () => {
    await up(await inputFor());
    dialled = [];
    const before = everything();
    const again = await up(await inputFor());
    expect(results(again)).toEqual({ cp1: 'as wanted', w1: 'not asked', w2: 'not asked' });
    expect(dialled).toEqual(['cp1']);
    expect(everything()).toBe(before);
  });

  test('makes a cluster with an endpoint of its own, so that one control plane becomes three by an edit', async () => {
    await up(await inputFor());
    expect(endpoint()).toBe('api.kinit.internal:6443');
    expect(room.host('cp1').text('/etc/kubernetes/admin.conf')).toContain('server: https://api.kinit.internal:6443\n');
  });

  test.each([
    ['answers', false],
    ['does not answer at first', true],
  ])('leaves a cluster without an endpoint as it is, where that %s', async (_, isSilent) => {
    const made = await inputFor();
    const { initRequest: asked } = made;
    const without = { controlPlaneEndpoint: undefined };
    await up({ ...made, initRequest: (entry, release, facts) => asked(entry, release, facts, without) });
    expect(endpoint()).toBeUndefined();
    const there = everything();
    room.isSilent = isSilent;
    const cp1 = room.host('cp1');
    const observe = cp1.observe.bind(cp1);
    cp1.observe = (wanted) => {
      // By the time that the machine is checked it answers.
      if (wanted.facts) room.isSilent = false;
      return observe(wanted);
    };
    const again = await up(await inputFor());
    expect(results(again)).toMatchObject({ cp1: 'as wanted' });
    expect(everything()).toBe(there);
  });

  test('plans for each node how it is led to the endpoint that a cluster gets with further control planes', async () => {
    const made = await inputFor({ hosts: ['cp1', 'w1'] });
    const { initRequest: asked } = made;
    const without = { controlPlaneEndpoint: undefined };
    await up({ ...made, initRequest: (entry, release, facts) => asked(entry, release, facts, without) });
    const all = planned(await plan({ hosts: ['cp1', 'w2', 'w3', 'w1'], controlPlanes: 3 }));
    const led = (host: string) =>
      all.filter((what) => what.startsWith(`${host}: `) && /\.conf https:\/\/api/.test(what));
    expect(led('cp1').join()).toMatch(/admin\.conf https:\/\/api\.kinit\.internal:6443/);
    expect(led('w1').join()).toMatch(/kubelet\.conf https:\/\/api\.kinit\.internal:6443/);
    for (const name of ['kubeadm-config', 'cluster-info', 'kube-proxy'])
      expect(all.join('\n'), name).toMatch(new RegExp(`^cp1: .*ConfigMap \\S+/${name}`, 'm'));
  });

  test('looks at every machine where it is told to, and still changes nothing', async () => {
    await up(await inputFor());
    const before = everything();
    const again = await up(await inputFor({}, { everything: true }));
    expect(results(again)).toEqual({ cp1: 'as wanted', w1: 'as wanted', w2: 'as wanted' });
    expect(everything()).toBe(before);
  });

  test('makes no super-admin.conf anew in a cluster that lives: it is for who makes one, and may be put away', async () => {
    const path = '/etc/kubernetes/super-admin.conf';
    await up(await inputFor());
    expect(room.host('cp1').text(path)).toContain('kubernetes-super-admin');
    room.host('cp1').entries.delete(path);
    const again = await up(await inputFor({}, { everything: true }));
    expect(results(again)).toMatchObject({ cp1: 'as wanted' });
    expect(room.host('cp1').text(path)).toBeUndefined();
  });

  test('joins one more machine without a connection to the others', async () => {
    await up(await inputFor());
    dialled = [];
    const result = await up(await inputFor({ hosts: ['cp1', 'w1', 'w2', 'w3'] }));
    // The control plane learns its name.
    expect(results(result)).toEqual({ cp1: 'up', w1: 'not asked', w2: 'not asked', w3: 'up' });
    expect(dialled).toEqual(['cp1', 'w3']);
    expect(nodes()).toEqual(['cp1', 'w1', 'w2', 'w3']);
  });

  test('goes to the machine whose entry was edited, and to one that is not Ready', async () => {
    await up(await inputFor());
    const w2 = room.kube.objects('Node').find(({ metadata }) => metadata.name === 'w2')!;
    await room.kube.update({ ...w2, status: { conditions: [{ type: 'Ready', status: 'False' }] } });
    dialled = [];
    const result = await up(await inputFor({ labels: '{ disk: ssd }' }, { readyDeadline: 1 }));
    expect(dialled.sort()).toEqual(['cp1', 'w1', 'w2']);
    expect(results(result)).toEqual({ cp1: 'as wanted', w1: 'up', w2: 'failed' });
  });

  test('names the nodes that are not in the file any more', async () => {
    await up(await inputFor());
    const result = await up(await inputFor({ hosts: ['cp1', 'w1'] }));
    expect(result.strangers).toEqual(['w2']);
  });

  test.each([
    ['networking.podSubnet', { networking: 'podSubnet: 10.9.0.0/16' }],
    ['networking.serviceSubnet', { networking: 'podSubnet: 10.244.0.0/16, serviceSubnet: 10.97.0.0/16' }],
    ['networking.dnsDomain', { networking: 'podSubnet: 10.244.0.0/16, dnsDomain: other.local' }],
  ])('refuses another %s in a living cluster and touches nothing', async (field, wish) => {
    await up(await inputFor());
    const before = everything();
    const refused = await up(await inputFor(wish)).catch((error: unknown) => error as KinitError);
    expect(refused).toMatchObject({ exitCode: 2 });
    expect((refused as KinitError).message).toContain(`${field}: the cluster has`);
    expect(everything()).toBe(before);
  });

  test('refuses a control plane whose CA is not the one that the cluster lives with', async () => {
    await up(await inputFor());
    await room.host('cp1').write([{ path: '/etc/kubernetes/pki/ca.crt', content: 'another\n', mode: 0o644 }]);
    await expect(up(await inputFor())).rejects.toMatchObject({ exitCode: 2 });
  });

  test('says of a cluster without a pod network which nodes are not Ready, and does not wait for them', async () => {
    room.kube.failNext(/^never$/, new Error());
    const input = await inputFor({ network: 'none' });
    const create = room.kube.create.bind(room.kube);
    room.kube.create = (object) =>
      create(
        object.kind === 'Node'
          ? {
              ...object,
              status: { conditions: [{ type: 'Ready', status: 'False', message: 'cni plugin not initialized' }] },
            }
          : object,
      );
    const result = await up(input);
    expect(results(result)).toEqual({ cp1: 'up', w1: 'up', w2: 'up' });
    expect(result.unready).toEqual(new Map(['cp1', 'w1', 'w2'].map((name) => [name, 'cni plugin not initialized'])));
  });
});

describe('a machine that fails', () => {
  test('is left out where its preflight fails, and nothing is touched on it', async () => {
    room.host('w2').facts = unfit;
    const before = [...room.host('w2').entries];
    const result = await up(await inputFor());
    expect(results(result)).toEqual({ cp1: 'up', w1: 'up', w2: 'left out' });
    expect(exitCodeOfUp(result)).toBe(4);
    expect([...room.host('w2').entries]).toEqual(before);
  });

  test('stops everything before anything is touched where it is the control plane', async () => {
    room.host('cp1').facts = unfit;
    const before = everything();
    await expect(up(await inputFor())).rejects.toMatchObject({ exitCode: 2 });
    expect(everything()).toBe(before);
  });

  test('does not keep the others from joining where it hangs or cannot be reached', async () => {
    room.beforePerform = (host) => void (host === 'w1' && silence(host));
    const input = await inputFor();
    const unreachable = new KinitError('no answer within 10 s', { host: 'w2' });
    const result = await up({
      ...input,
      async dial(entries) {
        const { machines } = await input.dial(entries.filter(({ name }) => name !== 'w2'));
        return {
          machines,
          failures: entries.filter(({ name }) => name === 'w2').map((entry) => ({ entry, error: unreachable })),
        };
      },
    });
    expect(results(result)).toEqual({ cp1: 'up', w1: 'failed', w2: 'left out' });
    expect(problems(result)).toEqual(['w1: no answer within 75 s', 'w2: no answer within 10 s']);
    expect(exitCodeOfUp(result)).toBe(4);
  });

  test('keeps the workers from joining where it is the control plane, and says so', async () => {
    room.beforePerform = (host) => void (host === 'cp1' && silence(host));
    const result = await up(await inputFor());
    expect(results(result)).toEqual({ cp1: 'failed', w1: 'failed', w2: 'failed' });
    expect(problems(result)[1]).toContain('the control plane did not come up');
    expect(exitCodeOfUp(result)).toBe(1);
    expect(nodes()).toEqual([]);
  });
});

describe('what was done', () => {
  test('is told of each host, though the cluster does not answer at the end: with a warning, not with an error', async () => {
    const warnings: string[] = [];
    const input = await inputFor();
    const result = await up({
      ...input,
      run: run({
        reporter: {
          ...silentReporter,
          report(event) {
            if (event.type === 'warning') warnings.push(event.text);
            // The last host is done: from now on nobody can be asked.
            if (event.type === 'host' && event.state === 'done')
              room.kube.failNext(/^list Node/, new KubeError(403, 'Forbidden', 'gone'));
          },
        },
      }),
    });
    expect(results(result)).toEqual({ cp1: 'up', w1: 'up', w2: 'up' });
    expect(exitCodeOfUp(result)).toBe(0);
    expect(warnings.join()).toContain('the cluster does not say at the end');
  });

  test('on a host before it failed counts as its changes', async () => {
    const counts = (result: UpResult) => new Map(result.outcomes.map(({ host, changed }) => [host, changed.length]));
    const whole = counts(await up(await inputFor()));
    await room.close();
    room = await new FakeRoom().open(['cp1', 'w1', 'w2']);
    let step = 0;
    room.beforePerform = (host) => {
      if (host !== 'w1') return;
      step += 1;
      if (step > 1) throw new KinitError('the disk is gone', { host });
    };
    const half = await up(await inputFor());
    expect(results(half)).toMatchObject({ cp1: 'up', w1: 'failed', w2: 'up' });
    const changed = counts(half).get('w1') ?? 0;
    expect(changed).toBeGreaterThan(0);
    expect(changed).toBeLessThan(whole.get('w1') ?? 0);
  });
});

describe('a run that was killed anywhere', () => {
  test('is finished by running it again, and the run after that changes nothing', { timeout: 300_000 }, async () => {
    let steps = 0;
    room.beforePerform = () => {
      steps += 1;
    };
    await up(await inputFor());
    const all = steps;
    expect(all).toBeGreaterThan(6);
    for (let fatal = 1; fatal <= all; fatal += Math.ceil(all / 16)) {
      await room.close();
      room = await new FakeRoom().open(['cp1', 'w1', 'w2']);
      let step = 0;
      room.beforePerform = (host) => {
        step += 1;
        if (step >= fatal) silence(host);
      };
      await up(await inputFor());
      room.beforePerform = () => {};
      const second = await up(await inputFor());
      expect(problems(second), `killed at step ${fatal}`).toEqual([]);
      expect(nodes(), `killed at step ${fatal}`).toEqual(['cp1', 'w1', 'w2']);
      const before = everything();
      await up(await inputFor({}, { everything: true }));
      expect(everything(), `killed at step ${fatal}`).toBe(before);
    }
  });
});

describe('kinit plan', () => {
  test('shows what up would do to bare machines, touches nothing and asks no cluster', async () => {
    const before = everything();
    const result = await plan();
    expect(problems(result)).toEqual([]);
    expect(everything()).toBe(before);
    expect(result.assumed).toBe(true);
    expect(planned(result)).toEqual(
      expect.arrayContaining([
        'cp1: /etc/kubernetes/pki/ca.crt and .key, self-signed',
        'cp1: DaemonSet kube-flannel/kube-flannel-ds',
        'w1: /etc/kubernetes/bootstrap-kubelet.conf (0600, secret)',
        'w2: service kubelet: running, enabled at boot',
      ]),
    );
  });

  test('is empty after up', async () => {
    await up(await inputFor());
    expect(planned(await plan({}, { everything: true }))).toEqual([]);
  });

  test('shows of an edited file the difference alone', async () => {
    await up(await inputFor());
    const { fingerprint: wanted } = (await inputFor({ labels: '{ disk: ssd }' })).workers[0]!;
    expect(planned(await plan({ labels: '{ disk: ssd }' }))).toEqual([
      `w1: Node w1: label disk=ssd, annotation kinit.dev/inventory=${wanted}`,
    ]);
  });

  test('reads no private key', async () => {
    await up(await inputFor());
    const read: string[] = [];
    for (const host of room.hosts.values()) {
      const observe = host.observe.bind(host);
      host.observe = (wanted) => {
        read.push(...(wanted.files ?? []));
        return observe(wanted);
      };
      const readFiles = host.read.bind(host);
      host.read = (paths) => {
        read.push(...paths);
        return readFiles(paths);
      };
    }
    await plan({}, { everything: true });
    expect(read.length).toBeGreaterThan(10);
    expect(read.filter((path) => path.endsWith('.key'))).toEqual([]);
  });
});
