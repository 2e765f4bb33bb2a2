import { describe, expect, it } from 'vitest';
import { initRequest } from '../../src/config/init.ts';
import { joinRequest } from '../../src/config/join.ts';
import { KinitError } from '../../src/errors.ts';
import type { Facts } from '../../src/host/facts/facts.ts';
import type { Host } from '../../src/host/host.ts';
import { type PreflightMachines, preflightMachines } from '../../src/workflows/cluster/preflight-machines.ts';
import type { Machine } from '../../src/workflows/cluster/up/up-input.ts';
import type { UpHost } from '../../src/workflows/cluster/up/wanted-cluster.ts';
import { FakeHost } from '../fakes/host.ts';
import { release } from '../unit/manifests/config.ts';
import { factsOf } from '../unit/preflight/hosts.ts';

const controlPlane = { nodeRegistration: { criSocket: 'unix:///var/run/containerd/containerd.sock' } };
const ca = '/etc/kubernetes/pki/ca.crt';

interface Wish {
  readonly role?: UpHost['role'];
  readonly facts?: Partial<Facts>;
  readonly files?: Readonly<Record<string, string>>;
  /** What writing in etcd's data directory prints. */
  readonly dd?: string;
}

function machine(
  name: string,
  { role = 'worker', facts = {}, files = {}, dd = '' }: Wish = {},
): Machine & { readonly host: FakeHost } {
  const identity = { machineId: name, productUuid: name, macs: [name] };
  const seen = { ...factsOf('stream-9'), hostname: name, identity, ...facts };
  const host = new FakeHost({ name, facts: seen, files, commands: { getent: { code: 2 }, sh: { stdout: dd } } });
  return { entry: { name, role, labels: {}, taints: [], fingerprint: '' }, host };
}

function check(machines: readonly Machine[], more: Partial<PreflightMachines> = {}) {
  const fields = { rest: {}, placeOf: (path: readonly (string | number)[]) => path.join('.') };
  const type = 'kubeadm.k8s.io/v1beta4';
  return preflightMachines(machines, {
    release: release('1.34.1'),
    initRequest: () =>
      initRequest({ documents: { file: 'f', init: { apiVersion: type, value: controlPlane, ...fields } }, flags: {} }),
    joinRequest: ({ name }) => {
      const value = { nodeRegistration: { ...controlPlane.nodeRegistration, name } };
      return joinRequest({
        documents: { file: 'f', join: { apiVersion: type, value, ...fields } },
        flags: {},
        discoveryFollows: true,
      });
    },
    controlPlane: { name: 'cp1', role: 'control-plane', labels: {}, taints: [], fingerprint: '' },
    nodeNames: machines.map(({ entry }) => entry.name),
    clock: () => 1_764_000_000_500,
    parallel: 32,
    ...more,
  });
}

const errorsOf = (results: Awaited<ReturnType<typeof check>>) =>
  Object.fromEntries(results.map(({ host, result }) => [host, result.errors.map(({ name }) => name)]));

describe('checking machines together', () => {
  it('tells every problem of every machine, in one look at each, and writes nothing', async () => {
    const machines = [
      machine('master', { role: 'control-plane', facts: { cpus: 1 } }),
      machine('node1', { facts: { swaps: ['/dev/sda2'], uid: 0 } }),
      machine('node2', { facts: { listening: [{ address: '::', port: 10250, process: 'kubelet' }] } }),
    ];
    const before = machines.map(({ host }) => [...host.entries.keys()]);
    const found = errorsOf(await check(machines));
    expect(found['master']).toContain('NumCPU');
    expect(found['node2']).toContain('Port-10250');
    expect(machines.map(({ host }) => host.roundTrips)).toEqual([1, 1, 1]);
    expect(machines.map(({ host }) => [...host.entries.keys()])).toEqual(before);
    expect(machines.flatMap(({ host }) => host.ran).every(([program]) => program === 'getent')).toBe(true);
  });

  it.each([
    ['slow', '460000 bytes (460 kB) copied, 2.5 s, 184 kB/s', ['a synced write takes 12.5 ms; ']],
    ['fast enough', '460000 bytes (460 kB) copied, 0.25 s, 1.8 MB/s', []],
    ['too slow to be measured', '', ['could not be measured: it took too long']],
    ['not to be measured', "dd: failed to open '/x'", ["could not be measured: dd: failed to open '/x'"]],
  ])('where it is asked for, warns of a disk below etcd that is %s, in the same look', async (_, stdout, messages) => {
    const machines = [machine('master', { role: 'control-plane', dd: stdout }), machine('node1')];
    const results = await check(machines, { measureDisk: true });
    const warnings = results.map(({ result }) => result.warnings.filter(({ name }) => name === 'EtcdDisk'));
    expect(warnings).toEqual([
      messages.map((text) => expect.objectContaining({ message: expect.stringContaining(text) })),
      [],
    ]);
    expect(machines.map(({ host }) => host.roundTrips)).toEqual([1, 1]);
  });

  it('sees what is wrong only between them', async () => {
    const same = { machineId: 'm', productUuid: 'u', macs: ['x'] };
    const machines = [
      machine('master', { role: 'control-plane', facts: { identity: same } }),
      machine('node1', { facts: { identity: same } }),
    ];
    const warnings = (await check(machines)).flatMap(({ host, result }) =>
      result.warnings.flatMap(({ name }) => (name.startsWith('Duplicate') ? [`${host} ${name}`] : [])),
    );
    expect(warnings).toContain('node1 DuplicateMachineId');
    expect(warnings).toContain('master DuplicateMac');
  });

  it('lets one machine that does not answer keep none of the others', async () => {
    const dead = machine('node1');
    const host: Host = Object.assign(Object.create(dead.host) as Host, {
      observe: () => Promise.reject(new KinitError('no answer within 75 s', { host: 'node1' })),
    });
    const results = await check([machine('master', { role: 'control-plane' }), { entry: dead.entry, host }]);
    expect(results[1]?.result.errors).toMatchObject([{ message: 'no answer within 75 s' }]);
    expect(results[0]?.facts).toBeDefined();
  });

  it.each([
    ['is none of a node of this very cluster', 'the CA', false],
    ['is one of a node of another cluster', 'another CA', true],
  ])('what a run has left %s', async (_, text, refused) => {
    const node = (name: string, role: UpHost['role'], file: string, content: string) =>
      machine(name, { role, files: { [ca]: content, [file]: '' }, facts: { kubernetesFiles: [file] } });
    const results = await check([
      node('master', 'control-plane', '/etc/kubernetes/admin.conf', 'the CA'),
      node('node1', 'worker', '/etc/kubernetes/kubelet.conf', text),
    ]);
    const names = errorsOf(results)['node1'] ?? [];
    expect(names.some((name) => name.startsWith('FileAvailable'))).toBe(refused);
  });
});
