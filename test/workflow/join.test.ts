import { beforeEach, describe, expect, test } from 'vitest';
import { storedClusterDocument } from '../../src/config/convert.ts';
import { joinRequest } from '../../src/config/join.ts';
import type { JoinFlags } from '../../src/config/join-flags.ts';
import { readConfigFile } from '../../src/config/read.ts';
import { KinitError } from '../../src/errors.ts';
import { ownProcess } from '../../src/host/lock/process-identity.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/error.ts';
import { tokenSecret } from '../../src/manifests/bootstrap-token.ts';
import { uploadKubeadmConfigObjects, uploadKubeletConfigObjects } from '../../src/manifests/upload-config.ts';
import { type Reporter, silentReporter } from '../../src/report/reporter.ts';
import { type JoinManyInput, joinMany } from '../../src/workflows/cluster/join-many.ts';
import { exitCodeOf } from '../../src/workflows/host-outcome.ts';
import { toYaml } from '../../src/yaml.ts';
import { testAuthority } from '../certificates.ts';
import { clusterInfo } from '../cluster-info.ts';
import { FakeKube } from '../fakes/kube.ts';
import { FakeMachine } from '../fakes/machine.ts';
import { power, poweredKube } from '../fakes/power.ts';
import { quietRun } from '../run.ts';
import { initConfig, release as releaseOf } from '../unit/manifests/config.ts';
import { perfect } from '../unit/preflight/hosts.ts';

const now = Date.UTC(2026, 0, 1);
const version = 'v1.31.4';
const release = releaseOf(version);
const authority = await testAuthority();
const config = initConfig(version);

let cluster: FakeKube;
let machines: readonly FakeMachine[];

/** A cluster as init leaves it, and bare machines beside it. */
function bare(...names: readonly string[]): void {
  const clusterConfigurationYaml = toYaml(storedClusterDocument(config.cluster, release, {}));
  cluster = new FakeKube(
    ...uploadKubeadmConfigObjects(config, release, { clusterConfigurationYaml }),
    ...uploadKubeletConfigObjects(release, { kubeletConfigurationYaml: kubelet, kubeletUserSupplied: false }),
    clusterInfo('https://192.0.2.10:6443', authority.certificate),
  );
  const facts = perfect(version);
  machines = names.map(
    (name) => new FakeMachine({ name, facts: { ...facts, hostname: name }, cluster, controlPlaneElsewhere: true }),
  );
}

const kubelet = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: systemd\n';

interface Wishes {
  readonly flags?: JoinFlags;
  readonly input?: Partial<JoinManyInput>;
  readonly documents?: string;
}

async function join(wishes: Wishes = {}) {
  return joinMany(machines.map(placeOf), await inputs(wishes));
}

async function inputs({ flags = {}, input = {}, documents }: Wishes = {}): Promise<JoinManyInput> {
  const file = documents === undefined ? undefined : await readConfigFile(documents, 'join.yaml');
  return {
    request: joinRequest({ documents: file, flags, discoveryFollows: true }),
    kube: cluster,
    controlPlane: undefined,
    run: quietRun({ now, reporter }),
    selection: {},
    patches: [],
    waitReady: 0,
    parallel: 32,
    ...input,
  };
}

const placeOf = (machine: FakeMachine) => ({ name: machine.name, opening: machine });
const warnings: string[] = [];
const reporter: Reporter = {
  ...silentReporter,
  report: (event) => void (event.type === 'warning' && event.host === 'kinit' && warnings.push(event.text)),
};
const one = () => machines[0]!;
const tokens = () => cluster.objects('Secret');
const minted = () => cluster.calls.filter((call) => call.startsWith('create Secret'));
const nodes = () =>
  cluster
    .objects('Node')
    .map(({ metadata }) => metadata.name)
    .sort();

beforeEach(() => {
  warnings.length = 0;
  bare('w1', 'w2', 'w3');
});

/** What a machine is like, without the token and what differs in time. */
function stateOf(machine: FakeMachine) {
  return { files: [...machine.files()], kubelet: machine.services.get('kubelet')?.enabled, settled: machine.isSettled };
}

describe('joining many hosts', () => {
  test('joins them all with one token, which is gone at the end', async () => {
    const outcomes = await join();
    expect(outcomes).toMatchObject([
      { host: 'w1', node: 'w1', result: 'joined' },
      { host: 'w2', node: 'w2', result: 'joined' },
      { host: 'w3', node: 'w3', result: 'joined' },
    ]);
    expect(exitCodeOf(outcomes)).toBe(0);
    expect(nodes()).toEqual(['w1', 'w2', 'w3']);
    expect(minted()).toHaveLength(1);
    expect(tokens()).toEqual([]);
    for (const machine of machines) expect(machine.text('/etc/kubernetes/bootstrap-kubelet.conf')).toBeUndefined();
  });

  test('takes five round trips for a host: lock, look, start the kubelet, wait for it, unlock', async () => {
    await join();
    expect(machines.map(({ roundTrips }) => roundTrips)).toEqual([5, 5, 5]);
  });

  test('changes nothing the second time, and needs no token', async () => {
    await join();
    const before = machines.map((machine) => [stateOf(machine), machine.power.spent]);
    const outcomes = await join();
    expect(outcomes.map(({ result, changed }) => [result, changed])).toEqual(Array(3).fill(['already joined', []]));
    expect(machines.map((machine) => [stateOf(machine), machine.power.spent])).toEqual(before);
    expect(minted()).toHaveLength(1);
  });

  test('killed after any operation, the same command ends in the same state', { timeout: 120_000 }, async () => {
    bare('w1');
    one().power = power();
    await join({ input: { kube: poweredKube(cluster, one().power) } });
    const [whole, operations] = [stateOf(one()), one().power.spent];
    expect(operations).toBeGreaterThan(10);
    for (let killedAfter = 0; killedAfter < operations; killedAfter++) {
      bare('w1');
      one().power = power(killedAfter);
      await join({ input: { kube: poweredKube(cluster, one().power) } });
      one().power = power();
      const [outcome] = await join();
      expect(outcome?.error?.message, `killed after ${killedAfter}`).toBeUndefined();
      expect(stateOf(one()), `killed after ${killedAfter}`).toEqual(whole);
      expect(nodes()).toEqual(['w1']);
    }
  });

  test('a dry run changes no host and makes no token, and tells the same changes as the run', async () => {
    const planned = await join({ input: { run: quietRun({ now, rehearsal: true }) } });
    expect(machines.map(({ power: { spent } }) => spent)).toEqual([0, 0, 0]);
    expect(cluster.calls.filter((call) => !/^(get|list)/.test(call))).toEqual([]);
    const done = await join();
    const kinds = (outcomes: typeof done) =>
      outcomes.map(({ changed }) => changed.map(({ phase, change }) => `${phase} ${change.kind}`));
    expect(kinds(planned)).toEqual(kinds(done));
  });

  test('one host that fails does not stop the others: exit 4', async () => {
    machines[1]!.fails = { operation: 'systemctl restart kubelet', stderr: 'Unit kubelet.service is masked' };
    const outcomes = await join();
    expect(outcomes.map(({ result }) => result)).toEqual(['joined', 'failed', 'joined']);
    expect(outcomes[1]?.error?.message).toMatch(/^kubelet-start: starting kubelet failed[\s\S]*is masked$/);
    expect(exitCodeOf(outcomes)).toBe(4);
    expect(machines[1]?.text('/etc/kubernetes/bootstrap-kubelet.conf')).toBeUndefined();
    expect(tokens()).toEqual([]);
  });

  test('hosts that cannot be reached stand in the outcome, and do not stop the others', async () => {
    const dead = new KinitError('no route to host', { host: 'w9' });
    const outcomes = await joinMany(
      [{ name: 'w9', opening: Promise.resolve(dead) }, ...machines.map(placeOf)],
      await inputs(),
    );
    expect(outcomes.map(({ host, result }) => [host, result])).toEqual([
      ['w9', 'failed'],
      ['w1', 'joined'],
      ['w2', 'joined'],
      ['w3', 'joined'],
    ]);
    expect(exitCodeOf(outcomes)).toBe(4);
  });

  test('what stands in the way of a host is told at once, and it is not touched: exit 2 where it is the only one', async () => {
    machines = [new FakeMachine({ name: 'w1', facts: { ...perfect(version), systemd: false, runtimes: [] }, cluster })];
    const outcomes = await join();
    expect(outcomes[0]?.error?.message).toMatch(/\[ERROR CRI\][\s\S]*\[ERROR Systemd\]/);
    expect(exitCodeOf(outcomes)).toBe(2);
    expect(one().power.spent).toBe(0);
    expect(minted()).toEqual([]);
  });

  describe('under the name of a node that is Ready already', () => {
    const node = (machineID: string, ready = 'True') => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'w1' },
      status: { nodeInfo: { machineID }, conditions: [{ type: 'Ready', status: ready }] },
    });

    test('another machine is not touched, and gets no token: exit 2', async () => {
      bare('w1');
      await cluster.create(node('another machine'));
      const outcomes = await join();
      expect(outcomes[0]?.error).toMatchObject({
        message: 'a Node with name "w1" and status "Ready" already exists in the cluster',
        exitCode: 2,
      });
      expect(one().power.spent).toBe(0);
      expect(minted()).toEqual([]);
    });

    test.each([
      ['the machine itself comes back after a reset', perfect(version).identity.machineId, 'True'],
      ['another machine takes the place of one that is gone', 'another machine', 'Unknown'],
    ])('%s', async (_, machineId, ready) => {
      bare('w1');
      await cluster.create(node(machineId, ready));
      expect(await join()).toMatchObject([{ result: 'joined', error: undefined }]);
    });
  });

  test('a node of another cluster is not touched: exit 2', async () => {
    await join();
    const before = machines.map(({ power: { spent } }) => spent);
    const other = await testAuthority('other');
    await cluster.update({ ...clusterInfo('https://192.0.2.99:6443', other.certificate) });
    const outcomes = await join();
    expect(outcomes[0]?.error?.message).toMatch(/FileAvailable--etc-kubernetes-kubelet\.conf[\s\S]*kinit reset/);
    expect(exitCodeOf(outcomes)).toBe(2);
    const insisting = await join({ flags: { ignorePreflightErrors: ['all'] } });
    expect(insisting[0]?.error?.message).toContain('this host belongs to another cluster');
    expect(exitCodeOf(insisting)).toBe(2);
    expect(machines.map(({ power: { spent } }) => spent)).toEqual(before);
  });

  test('a bootstrap that times out says why, leaves no credentials, and can be repeated', async () => {
    bare('w1');
    one().isIgnored = true;
    const documents = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ntimeouts: {tlsBootstrap: 1s}\n';
    const outcomes = await join({ documents });
    expect(outcomes[0]?.error).toMatchObject({
      message: expect.stringMatching(/^timed out after 1s waiting for the kubelet's TLS bootstrap[\s\S]*swapoff -a/),
      hint: expect.stringContaining('kubectl get csr'),
    });
    expect(one().text('/etc/kubernetes/bootstrap-kubelet.conf')).toBeUndefined();
    expect(tokens()).toEqual([]);
    one().isIgnored = false;
    const [again] = await join();
    expect(again).toMatchObject({ result: 'joined', error: undefined });
  });

  test('a kubelet that has its kubeconfig and no certificate yet gets another token', async () => {
    bare('w1');
    const interrupt = new AbortController();
    one().isIgnored = true;
    one().onOperation = (words) => void (words === 'systemctl restart kubelet' && interrupt.abort());
    await join({ input: { run: quietRun({ now, signal: interrupt.signal }) } });
    expect(one().text('/etc/kubernetes/kubelet.conf')).toContain('client-certificate: /var/lib/kubelet/pki/');
    one().isIgnored = false;
    expect(await join()).toMatchObject([{ result: 'joined', error: undefined }]);
    expect(minted()).toHaveLength(2);
  });

  test('stops at Ctrl-C, revokes its token, and leaves no credentials: exit 130', async () => {
    const interrupt = new AbortController();
    machines[0]!.onOperation = (words) => void (words.endsWith('config.yaml') && interrupt.abort());
    const outcomes = await join({ input: { run: quietRun({ now, signal: interrupt.signal }), parallel: 1 } });
    expect(outcomes.map(({ result }) => result)).toEqual(['failed', 'failed', 'failed']);
    expect(exitCodeOf(outcomes)).toBe(130);
    expect(minted()).toHaveLength(1);
    expect(tokens()).toEqual([]);
    expect(machines.map(({ power: { spent } }) => spent)).toEqual([expect.any(Number), 0, 0]);
    expect(machines[0]!.text('/etc/kubernetes/bootstrap-kubelet.conf')).toBeUndefined();
    expect((await join()).map(({ result }) => result)).toEqual(['joined', 'joined', 'joined']);
  });

  test('Ctrl-C while it waits for a node ends the wait', async () => {
    bare('w1');
    const interrupt = new AbortController();
    one().isIgnored = true;
    one().onOperation = (words) => void (words === 'systemctl restart kubelet' && interrupt.abort());
    const outcomes = await join({ input: { run: quietRun({ now, signal: interrupt.signal }) } });
    expect(outcomes[0]?.error).toMatchObject({ message: 'interrupted', exitCode: 130 });
  });

  test('a token whose making was not answered is revoked too', async () => {
    const lost = new KubeError(0, 'Unreachable', 'the connection was lost');
    const { create } = cluster;
    cluster.create = async (object) => {
      await create.call(cluster, object);
      throw lost;
    };
    const outcomes = await join();
    expect(outcomes.map(({ error }) => error)).toEqual([lost, lost, lost]);
    expect(tokens()).toEqual([]);
  });

  describe('tokens of other runs', () => {
    /** As a run of that process leaves it when it is killed. */
    async function leftBy(process: string | undefined): Promise<void> {
      const secret = tokenSecret({ token: 'abcdef.0123456789abcdef', usages: [], groups: [] }, now);
      const annotations = process === undefined ? {} : { 'kinit.dev/process': process };
      await cluster.create({ ...secret, metadata: { ...secret.metadata, annotations } });
    }
    const ours = async () => (await ownProcess()) ?? '';
    const cases: readonly [string, () => Promise<string | undefined>, number][] = [
      ['go where the run was killed on this machine', async () => (await ours()).replace(/ \d+ \d+$/, ' 4194305 1'), 0],
      ['stay while the run is at work', ours, 1],
      ['stay where the run is of another machine', async () => 'other-boot/pid:[1] 4194305 1', 1],
      ['stay where nobody says whose they are', async () => undefined, 1],
    ];

    test.each(cases)('%s', async (_, process, left) => {
      await leftBy(await process());
      await join();
      expect(tokens()).toHaveLength(left);
      // Also where all have joined and no token is needed.
      if (left === 0) {
        await leftBy(await process());
        await join();
        expect(tokens()).toEqual([]);
      }
    });

    test('stay in a dry run', async () => {
      await leftBy((await ours()).replace(/ \d+ \d+$/, ' 4194305 1'));
      await join({ input: { run: quietRun({ now, rehearsal: true }) } });
      expect(tokens()).toHaveLength(1);
    });

    test('that may not be looked for are warned of, and the join counts', async () => {
      cluster.failNext(/^list Secret/, new KubeError(403, 'Forbidden', 'no right to list'));
      expect(exitCodeOf(await join())).toBe(0);
      expect(warnings).toEqual([
        expect.stringMatching(/tokens of killed runs could not be revoked: .*no right.*30 min/),
      ]);
    });
  });

  test('names its process in its token', async () => {
    const made: KubeObject[] = [];
    const { create } = cluster;
    cluster.create = async (object) => {
      made.push(object);
      return create.call(cluster, object);
    };
    await join();
    const own = { 'kinit.dev/process': await ownProcess() };
    expect(made.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.annotations)).toEqual([own]);
  });

  test('says so where the token cannot be revoked', async () => {
    cluster.failNext(/^delete Secret/, new KubeError(403, 'Forbidden', 'no right to delete'));
    expect(exitCodeOf(await join())).toBe(0);
    expect(warnings).toEqual([expect.stringMatching(/token of this run could not be revoked: .*no right.*30 minutes/)]);
  });

  test('waits until the nodes are Ready where that is asked for', async () => {
    expect((await join({ input: { waitReady: 60 } })).map(({ result }) => result)).toEqual(Array(3).fill('joined'));
  });

  test('joins nobody where the cluster tells nothing of itself', async () => {
    cluster = new FakeKube();
    await expect(join()).rejects.toMatchObject({ message: expect.stringContaining('kubeadm-config is missing') });
    expect(machines.map(({ power: { spent } }) => spent)).toEqual([0, 0, 0]);
  });
});
