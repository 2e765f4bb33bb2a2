import { describe, expect, it } from 'vitest';
import { KinitError } from '../../src/errors.ts';
import { parseJournal } from '../../src/execute/journal.ts';
import { undoRecord } from '../../src/execute/record-paths.ts';
import type { Host } from '../../src/host/host.ts';
import { readInventory } from '../../src/inventory/read.ts';
import type { Inventory } from '../../src/inventory/types.ts';
import type { ResetContext } from '../../src/phases/reset/context.ts';
import { undoPreparation } from '../../src/phases/reset/undo-preparation.ts';
import { planEntries } from '../../src/report/plan-entry.ts';
import { checkPreparePhases, type PrepareInput, prepareHost } from '../../src/workflows/node/prepare.ts';
import { overHosts, together } from '../../src/workflows/over-hosts.ts';
import { runStage } from '../../src/workflows/stage.ts';
import { chronyText, FakeCentos, fstabText, hostsText, selinuxText } from '../fakes/centos.ts';
import { quietRun } from '../run.ts';
import { initConfig, release } from '../unit/manifests/config.ts';

const offered = ['kubelet-1.20.2', 'kubectl-1.20.2', 'containerd.io-1.*'];
const hosts = [
  { name: 'master', address: '10.0.0.11', role: 'control-plane' },
  { name: 'node1', address: '10.0.0.12' },
];

function inventoryOf(wishes: object = {}): Inventory {
  const value = { apiVersion: 'kinit.dev/v1alpha1', kind: 'Inventory', hosts, ...wishes };
  return readInventory({ apiVersion: 'kinit.dev/v1alpha1', value, rest: {}, placeOf: (path) => path.join('.') });
}

function inputOf(wishes: object = {}, more: Partial<PrepareInput> = {}): PrepareInput {
  return {
    inventory: inventoryOf(wishes),
    release: release('1.20.2'),
    cluster: initConfig('1.20.2').cluster,
    bindPort: 6443,
    skipPhases: [],
    run: quietRun(),
    ...more,
  };
}

async function prepare({ host }: FakeCentos, input = inputOf(), role: 'worker' | 'control-plane' = 'worker') {
  const entry = input.inventory.hosts.find((one) => one.role === role)!;
  const changed = await prepareHost(host, entry, input);
  return planEntries(changed).map(({ phase, action, what }) => `${phase}: ${action} ${what}`);
}

/** What `kinit reset` does about the preparation. */
async function undo({ host }: FakeCentos) {
  const { facts, files } = await host.observe({ facts: true, files: [undoRecord] });
  const record = files.get(undoRecord)?.content?.toString('utf8');
  const context = {
    config: { criSocket: '/run/containerd/containerd.sock' },
    facts: { ...facts, programs: new Map() },
    resident: { prepared: record === undefined ? [] : parseJournal(record) },
  } as unknown as ResetContext;
  const target = {
    ...quietRun(),
    host,
    kube: () => Promise.reject(new Error('no cluster')),
    facts: facts!,
    release: release('1.20.2'),
  };
  return runStage([undoPreparation], context, target);
}

describe('preparing a bare host', () => {
  it('does every step of the file', async () => {
    const machine = new FakeCentos('stream-9', { offered });
    await prepare(machine);
    expect(machine.hostname).toBe('node1');
    expect(machine.host.text('/etc/hosts')).toBe(
      `${hostsText}# BEGIN kinit\n10.0.0.11 master\n10.0.0.12 node1\n# END kinit\n`,
    );
    expect(machine.host.text('/etc/fstab')).toBe(fstabText.replace('/dev/mapper/cs-swap', '#/dev/mapper/cs-swap'));
    expect(machine.swaps).toEqual([]);
    expect([machine.selinux, machine.host.text('/etc/selinux/config')]).toEqual([
      'permissive',
      selinuxText.replace('SELINUX=enforcing', 'SELINUX=permissive'),
    ]);
    expect(machine.sysctls.get('net.bridge.bridge-nf-call-iptables')).toBe('1');
    expect(machine.host.text('/etc/modules-load.d/kinit.conf')).toContain('\nbr_netfilter\n');
    expect(machine.packages.get('kubelet')).toBe('1.20.2');
    expect(machine.host.services.get('containerd')).toMatchObject({ active: true, enabled: true });
    expect(machine.host.services.get('chronyd')).toMatchObject({ active: true, enabled: true });
    expect(machine.host.services.get('kubelet')).toMatchObject({ active: false, enabled: true });
    expect(machine.host.text('/etc/containerd/config.toml')).toContain('sandbox_image = "k8s.gcr.io/pause:3.2"');
  });

  it('takes two looks at the host and three times of acting', async () => {
    const machine = new FakeCentos('stream-9', { offered });
    await prepare(machine);
    expect(machine.host.roundTrips).toBe(5);
  });

  it.each(['centos-7', 'centos-8', 'stream-9'] as const)('of %s changes nothing the second time', async (fixture) => {
    const machine = new FakeCentos(fixture, { offered, files: { '/etc/yum.repos.d/CentOS-Base.repo': '' } });
    expect(await prepare(machine)).not.toEqual([]);
    expect(await prepare(machine)).toEqual([]);
  });

  it('goes on where a run was killed: only what is missing is done, and what was there at first stays recorded', async () => {
    const machine = new FakeCentos('stream-9');
    await expect(prepare(machine)).rejects.toThrow(KinitError);
    const again = new FakeCentos('stream-9', {
      offered,
      files: Object.fromEntries(Object.entries(machine.etc).map(([path, text]) => [path, text ?? ''])),
    });
    await again.host.write([{ path: undoRecord, content: machine.host.text(undoRecord) ?? '', mode: 0o600 }]);
    await prepare(again);
    expect(again.host.text('/etc/hosts')?.match(/BEGIN kinit/g)).toHaveLength(1);
    const record = parseJournal(again.host.text(undoRecord) ?? '');
    expect(record.find((entry) => entry.kind === 'file' && entry.path === '/etc/fstab')).toMatchObject({
      before: { content: fstabText },
    });
  });
});

describe('what a host may keep', () => {
  const left = {
    hostname: false,
    hostsFile: false,
    swap: 'leave',
    selinux: 'leave',
    firewalld: 'leave',
    timeSync: 'leave',
  };

  it('stays as it is where the file says so', async () => {
    const machine = new FakeCentos('stream-9', { offered });
    const before = machine.etc;
    await prepare(machine, inputOf({ preparation: left }));
    expect([machine.hostname, machine.swaps, machine.selinux]).toEqual(['localhost', ['/dev/dm-1'], 'enforcing']);
    for (const path of Object.keys(before)) expect(machine.etc[path], path).toBe(before[path]);
    expect(machine.packages.has('chrony')).toBe(false);
    expect([...machine.zones.runtime.keys()]).toEqual([]);
  });

  it('is left out by the name of its step too', async () => {
    const machine = new FakeCentos('stream-9', { offered });
    await prepare(machine, inputOf({}, { skipPhases: ['hostname', 'firewalld'] }));
    expect([machine.hostname, machine.zones.permanent.size]).toEqual(['localhost', 0]);
    expect(() => checkPreparePhases(['firewall'])).toThrow('did you mean "firewalld"?');
  });

  it('of a living node is its name and its kubelet', async () => {
    const machine = new FakeCentos('stream-9', {
      offered,
      packages: { kubelet: '1.19.3', kubectl: '1.19.3' },
      facts: { kubernetesFiles: ['/etc/kubernetes/kubelet.conf'] },
    });
    await prepare(machine);
    expect([machine.hostname, machine.packages.get('kubelet')]).toEqual(['localhost', '1.19.3']);
  });
});

describe('the firewall of a host', () => {
  it.each([
    ['control-plane', ['port=6443/tcp', 'port=10250/tcp', 'port=2379-2380/tcp', 'port=8472/udp', 'masquerade']],
    ['worker', ['port=10250/tcp', 'port=30000-32767/tcp', 'port=30000-32767/udp', 'port=8472/udp', 'masquerade']],
  ] as const)('of a %s lets exactly its ports in, and pods and services', async (role, open) => {
    const machine = new FakeCentos('stream-9', { offered });
    await prepare(machine, inputOf(), role);
    for (const zones of [machine.zones.runtime, machine.zones.permanent]) {
      expect([...(zones.get('public') ?? [])]).toEqual(open);
      expect([...(zones.get('trusted') ?? [])]).toEqual(['source=10.244.0.0/16', 'source=10.96.0.0/12']);
    }
  });

  it('lets the load balancer in, and control planes tell each other who holds its address', async () => {
    const machine = new FakeCentos('stream-9', { offered });
    await prepare(machine, inputOf({ loadBalancer: { kind: 'keepalived', address: '10.0.0.100' } }), 'control-plane');
    for (const zones of [machine.zones.runtime, machine.zones.permanent]) {
      expect([...(zones.get('public') ?? [])]).toEqual(
        expect.arrayContaining(['port=6443/tcp', 'port=8443/tcp', 'protocol=vrrp']),
      );
    }
    const again = new FakeCentos('stream-9', { offered });
    await prepare(again, inputOf({ loadBalancer: { kind: 'keepalived', address: '10.0.0.100' } }), 'worker');
    expect([...(again.zones.runtime.get('public') ?? [])]).not.toContain('protocol=vrrp');
  });

  it('is switched off where the file says so', async () => {
    const machine = new FakeCentos('stream-9', { offered });
    await prepare(machine, inputOf({ preparation: { firewalld: 'disable' } }));
    expect(machine.host.services.get('firewalld')).toMatchObject({ active: false, enabled: false });
    await undo(machine);
    expect(machine.host.services.get('firewalld')).toMatchObject({ active: true, enabled: true });
  });
});

describe('packages', () => {
  it('come with the excludes of kinit’s own repositories lifted for this once', async () => {
    const machine = new FakeCentos('centos-7', { offered });
    await prepare(machine, inputOf({ packages: { source: 'aliyun' } }));
    expect(machine.managed[0]).toMatch(
      /^yum --disableexcludes=kinit-kubernetes --disableexcludes=kinit-docker install kubelet-1\.20\.2 kubectl-1\.20\.2 /,
    );
    expect(machine.host.text('/etc/yum.repos.d/kinit-kubernetes.repo')).toContain('\nexclude=kubelet ');
  });

  it('of a version that no repository has are an error with the nearest that there are', async () => {
    const machine = new FakeCentos('stream-9', {
      offered: ['kubelet-1.19.16', 'kubelet-1.20.1', 'kubelet-1.20.15', 'kubelet-1.23.17', 'kubectl-1.20.2'],
    });
    const failure = await prepare(machine).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      message: 'no repository of the host has kubelet 1.20.2; the nearest are 1.20.1, 1.20.15, 1.23.17',
      host: 'root@10.0.0.12',
    });
  });

  it('come from a bundle alone where there is one', async () => {
    const machine = new FakeCentos('stream-9', { offered });
    const fromBundle = ['--disablerepo=*', '--enablerepo=kinit-bundle'];
    await prepare(machine, inputOf({}, { fromBundle }));
    expect(machine.managed[0]).toMatch(/^dnf --disablerepo=\* --enablerepo=kinit-bundle install /);
    expect(Object.keys(machine.etc).filter((path) => path.startsWith('/etc/yum.repos.d/kinit'))).toEqual([]);
  });

  it('come from the bundle that was brought to the host before, though none is given now', async () => {
    const repository = { file: '/etc/yum.repos.d/kinit-bundle.repo', id: 'kinit-bundle', enabled: false, urls: [] };
    const facts = { repositories: [repository] };
    const machine = new FakeCentos('stream-9', { offered, facts });
    await prepare(machine);
    expect(machine.managed[0]).toMatch(/^dnf --disablerepo=\* --enablerepo=kinit-bundle .*install /);
    expect(Object.keys(machine.etc).filter((path) => path.startsWith('/etc/yum.repos.d/kinit'))).toEqual([]);
    const lacking = new FakeCentos('stream-9', { facts });
    await expect(prepare(lacking)).rejects.toMatchObject({
      hint: expect.stringMatching(/--bundle.*kinit-bundle\.repo/),
    });
  });

  it('keep one host from nothing but itself', async () => {
    const good = new FakeCentos('stream-9', { name: 'good', offered });
    const bad = new FakeCentos('stream-9', { name: 'bad' });
    const input = inputOf();
    const places = [bad, good].map(({ host }) => ({ name: host.name, opening: host }));
    const work = async (host: Host) => prepareHost(host, input.inventory.hosts[1]!, input);
    const ends = await overHosts({ places, order: together(2), work, says: () => 'prepared' }, quietRun());
    expect(ends.map(({ host, how }) => `${host} ${how}`)).toEqual(['bad failed', 'good done']);
  });
});

describe('undoing the preparation', () => {
  const files = { '/etc/chrony.conf': chronyText, '/etc/containerd/config.toml': 'disabled_plugins = ["cri"]\n' };
  const wishes = {
    preparation: { ntpServers: ['10.0.0.1'] },
    runtime: { registryMirrors: { 'docker.io': ['https://m.example'] } },
  };

  it.each(['centos-7', 'centos-8', 'stream-9'] as const)(
    'of %s returns everything as it was, byte for byte',
    async (fixture) => {
      const machine = new FakeCentos(fixture, { offered, files });
      const before = {
        etc: machine.etc,
        packages: [...machine.packages],
        sysctl: machine.sysctls.get('net.ipv4.ip_forward'),
      };
      await prepare(machine, inputOf(wishes));
      await undo(machine);
      expect({
        etc: machine.etc,
        packages: [...machine.packages],
        sysctl: machine.sysctls.get('net.ipv4.ip_forward'),
      }).toEqual(before);
      expect([machine.hostname, machine.swaps, machine.selinux]).toEqual(['localhost', ['/dev/dm-1'], 'enforcing']);
      for (const zones of Object.values(machine.zones))
        for (const zone of zones.values()) expect([...zone]).toEqual([]);
      for (const service of ['containerd', 'chronyd', 'kubelet'])
        expect(machine.host.services.get(service)).toMatchObject({ active: false, enabled: false });
      expect([...machine.host.entries.keys()].filter((path) => path.includes('kinit'))).toEqual([]);
    },
  );

  it('keeps what others have written into the same files since', async () => {
    const machine = new FakeCentos('stream-9', { offered, files });
    await prepare(machine, inputOf(wishes));
    const add = async (path: string, line: string) =>
      machine.host.write([{ path, content: `${machine.host.text(path)}${line}\n`, mode: 0o644 }]);
    await add('/etc/hosts', '10.0.0.50 printer');
    await add('/etc/fstab', '/dev/sdb1 /data xfs defaults 0 0');
    await add('/etc/chrony.conf', 'allow 10.0.0.0/8');
    await undo(machine);
    expect(machine.host.text('/etc/hosts')).toBe(`${hostsText}10.0.0.50 printer\n`);
    expect(machine.host.text('/etc/fstab')).toBe(`${fstabText}/dev/sdb1 /data xfs defaults 0 0\n`);
    expect(machine.host.text('/etc/chrony.conf')).toBe(`${chronyText}allow 10.0.0.0/8\n`);
  });

  it('does nothing the second time', async () => {
    const machine = new FakeCentos('stream-9', { offered });
    await prepare(machine);
    expect(await undo(machine)).not.toEqual([]);
    expect(await undo(machine)).toEqual([]);
  });

  it('is recorded before anything is changed, for root alone to read', async () => {
    const machine = new FakeCentos('stream-9', { offered });
    await prepare(machine);
    const record = machine.host.entries.get(undoRecord)!;
    const hostsFile = machine.host.entries.get('/etc/hosts')!;
    expect(record.mode).toBe(0o600);
    expect(record.modified).toBeLessThan(hostsFile.modified);
  });
});

it('a file that is not text is left alone, with a word about it', async () => {
  const machine = new FakeCentos('stream-9', { offered });
  const content = Buffer.from([0x23, 0xc4, 0xe3, 0x0a]);
  await machine.host.write([{ path: '/etc/hosts', content, mode: 0o644 }]);
  await expect(prepare(machine)).rejects.toThrow('/etc/hosts is not text in UTF-8, so kinit leaves it alone');
});
