import { describe, expect, test } from 'vitest';
import { resetRequest } from '../../src/config/reset.ts';
import { undoRecord } from '../../src/execute/record-paths.ts';
import type { Run } from '../../src/execute/run.ts';
import type { Operation } from '../../src/host/host.ts';
import { overlayHost } from '../../src/host/overlay.ts';
import { etcdPod } from '../../src/manifests/etcd.ts';
import { kubeletDropIn, kubeletUnit } from '../../src/manifests/kubelet-unit.ts';
import { staticPods } from '../../src/manifests/static-pods.ts';
import { planText } from '../../src/report/plan-text.ts';
import { type Reporter, silentReporter } from '../../src/report/reporter.ts';
import { takeDown } from '../../src/workflows/cluster/take-down.ts';
import { type ResetInput, resetHost } from '../../src/workflows/node/reset.ts';
import { toYaml } from '../../src/yaml.ts';
import { FakeHost } from '../fakes/host.ts';
import { quietRun } from '../run.ts';
import { initConfig, release } from '../unit/manifests/config.ts';
import { perfect } from '../unit/preflight/hosts.ts';

const version = '1.31';
const config = initConfig(version);
const manifests = [
  ...staticPods(config, release(version), { caDirectories: [], proxyEnvironment: new Map() }).map(
    ({ name, pod }) => [name, pod] as const,
  ),
  ['etcd', etcdPod(config, release(version))] as const,
];
const mount = '/var/lib/kubelet/pods/1/volumes/token';
const own = {
  ...Object.fromEntries(manifests.map(([name, pod]) => [`/etc/kubernetes/manifests/${name}.yaml`, toYaml(pod)])),
  '/etc/kubernetes/admin.conf': 'admin',
  '/etc/kubernetes/super-admin.conf': 'admin',
  '/etc/kubernetes/kubelet.conf': 'kubelet',
  '/etc/kubernetes/pki/ca.key': 'key',
  '/etc/kubernetes/pki/etcd/ca.key': 'key',
  '/etc/systemd/system/kubelet.service': kubeletUnit,
  '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf': kubeletDropIn,
  '/var/lib/kubelet/config.yaml': 'kind: KubeletConfiguration\n',
  '/var/lib/kubelet/pods/1/etc-hosts': 'hosts',
  '/var/lib/etcd/member/wal/0.wal': 'data',
  '/var/lib/cni/networks/cbr0/10.244.0.2': 'pod',
  '/etc/cni/net.d/10-flannel.conflist': '{}',
  '/run/flannel/subnet.env': 'FLANNEL_NETWORK=10.244.0.0/16',
};
const foreign = {
  '/etc/kubernetes/mine.txt': 'mine',
  '/etc/cni/net.d/87-podman-bridge.conflist': '{}',
  '/root/.kube/config': 'mine',
  '/etc/sysconfig/iptables': 'mine',
};
const facts = {
  ...perfect(`v${version}.0`),
  uid: 0,
  programs: new Map([['ctr', '/usr/bin/ctr']]),
};

/** A control plane in memory, with what commands find and change on it; it can die before any of its operations. */
class Machine extends FakeHost {
  containers = 'aaaa bbbb';
  links = '2: eth0: <UP>\n3: cni0: <UP>\n4: veth1@if2: <UP> master cni0 state UP\n';
  rules =
    '*filter\n:INPUT DROP [0:0]\n:KUBE-FIREWALL - [0:0]\n-A INPUT -j KUBE-FIREWALL\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n';
  /** How often a mount cannot be let go yet. */
  busy = 0;
  /** No SIGKILL ends its pods. */
  isStuck = false;
  /** What the kubelet ends with before it lets itself be stopped. */
  lastPods = '';
  operationsLeft = Number.POSITIVE_INFINITY;
  /** Directories of packages. */
  packaged: readonly string[] = [];

  constructor(files: Readonly<Record<string, string>> = { ...own, ...foreign }) {
    const nothing = { code: 127, stderr: 'not found' };
    super({
      facts,
      files: { ...files, '/proc/mounts': `tmpfs ${mount} tmpfs rw 0 0\n/dev/vda / ext4 rw 0 0\n` },
      services: { kubelet: { active: true, enabled: true } },
      commands: {
        'readlink -f': { stdout: '/var/lib/kubelet\n' },
        'ctr --address /var/run/containerd/containerd.sock --namespace k8s.io containers list': () => ({
          stdout: this.containers,
        }),
        'systemctl disable --now kubelet': () => {
          this.services.set('kubelet', { exists: true, active: false, enabled: false, since: 0 });
          this.containers += this.lastPods;
          return {};
        },
        'systemctl stop kubepods.slice': {},
        'systemctl reset-failed cri-containerd-*.scope': {},
        umount: () => (this.busy-- > 0 ? { code: 32, stderr: 'target is busy' } : this.#unmount()),
        'iptables-save': () => ({ stdout: this.rules }),
        'ip -o link': () => ({ stdout: this.links }),
        'ip -o addr': {},
        'ip6tables-save': nothing,
        'iptables-legacy-save': nothing,
        'iptables-nft-save': nothing,
        'ip6tables-legacy-save': nothing,
        'ip6tables-nft-save': nothing,
        nft: nothing,
        ipset: nothing,
        'ipvsadm-save': nothing,
        sh: ([, , script = '', ...args], input) => this.#script(script, args, input.toString()),
        rmdir: ([, folder = '']) => {
          const isEmpty = ![...this.entries.keys()].some((path) => path.startsWith(`${folder}/`));
          if (isEmpty) this.entries.delete(folder);
          return { code: isEmpty ? 0 : 1 };
        },
      },
    });
  }

  override async perform(operations: readonly Operation[]) {
    const results = [];
    for (const [index, operation] of operations.entries()) {
      if (this.operationsLeft === 0) throw new Error('killed');
      this.operationsLeft -= 1;
      const [result] = await super.perform([operation]);
      if (result) results.push({ ...result, index });
      if (result?.code !== 0) break;
    }
    return results;
  }

  /** Everything on it, to compare. */
  state() {
    const files = [...this.entries].flatMap(([path, entry]) =>
      entry.type === 'file' ? [[path, entry.content.toString()]] : [],
    );
    const { containers, links, rules } = this;
    return {
      files: Object.fromEntries(files),
      containers,
      links,
      rules,
      kubelet: this.services.get('kubelet')?.active,
    };
  }

  #script(script: string, args: readonly string[], input: string) {
    if (script.includes('rpm -qf')) return { stdout: this.packaged.map((path) => `${path}\n`).join('') };
    if (script.includes('in_containerd') && !this.isStuck) this.#removeContainers(args);
    if (script.includes('--noflush')) this.rules = restored(this.rules, input);
    if (script.includes('ip link delete')) this.links = '2: eth0: <UP>\n';
    return {};
  }

  #removeContainers(ids: readonly string[]) {
    const left = this.containers.split(' ').filter((id) => !ids.includes(id));
    this.containers = left.join(' ');
  }

  #unmount() {
    const entry = this.entries.get('/proc/mounts');
    if (entry?.type === 'file') {
      this.entries.set('/proc/mounts', { ...entry, content: Buffer.from('/dev/vda / ext4 rw 0 0\n') });
    }
    return {};
  }
}

function restored(rules: string, input: string): string {
  const gone = input.split('\n');
  return rules
    .split('\n')
    .filter((line) => !(line.startsWith('-A ') && gone.includes(line.replace('-A ', '-D '))) && !/^:KUBE/.test(line))
    .join('\n');
}

function reset(host: Machine, change: Partial<ResetInput> & { flags?: Record<string, unknown> } = {}) {
  const { flags = {}, ...rest } = change;
  return resetHost(host, {
    request: resetRequest({ flags: { force: true, ...flags } }),
    kubeconfig: '/etc/kubernetes/admin.conf',
    run: quietRun(),
    ...rest,
  });
}

const isOurs = (path: string) => path in own;

describe('reset', () => {
  test('leaves nothing of ours and everything of others', async () => {
    const host = new Machine();
    const { leftovers } = await reset(host);
    expect(leftovers).toEqual([]);
    const { files, containers, links, rules, kubelet } = host.state();
    expect(Object.keys(files).filter(isOurs)).toEqual([]);
    expect(files).toMatchObject(foreign);
    expect({ containers, links, kubelet }).toEqual({ containers: '', links: '2: eth0: <UP>\n', kubelet: false });
    expect(rules).toBe('*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n');
  });

  test.each(['', 'aaaa'])('removes the pod that the kubelet was just making, beside "%s"', async (containers) => {
    const host = new Machine();
    host.containers = containers;
    host.lastPods = ' cccc';
    expect((await reset(host)).leftovers).toEqual([]);
    expect(host.containers).toBe('');
  });

  test('changes nothing the second time', async () => {
    const host = new Machine();
    await reset(host);
    const before = host.state();
    expect(await reset(host)).toEqual({ changed: [], leftovers: [] });
    expect(host.state()).toEqual(before);
  });

  test('is finished by running it again, wherever it was killed', async () => {
    const whole = new Machine();
    await reset(whole);
    for (let operations = 0; ; operations += 1) {
      const host = new Machine();
      host.operationsLeft = operations;
      const isKilled = await reset(host).then(
        () => false,
        () => true,
      );
      host.operationsLeft = Number.POSITIVE_INFINITY;
      expect((await reset(host)).leftovers, `killed before operation ${operations}`).toEqual([]);
      expect(host.state(), `killed before operation ${operations}`).toEqual(whole.state());
      if (!isKilled) {
        expect(operations).toBeGreaterThan(10);
        return;
      }
    }
  });

  test('lets control planes that are taken down together leave etcd one at a time', async () => {
    const run = quietRun();
    const order: string[] = [];
    const turn: Run['turn'] = (work) =>
      run.turn(async () => {
        order.push('enters');
        const result = await work();
        order.push('has left');
        return result;
      });
    const input = { kube: undefined, run: { ...run, turn }, drainDeadline: 0, force: false, command: 'kinit down' };
    const down = (node: string) => takeDown({ node, host: new Machine() }, input);
    expect(await Promise.all([down('cp1'), down('cp2')])).toEqual([[], []]);
    expect(order).toEqual(['enters', 'has left', 'enters', 'has left']);
  });

  test('tells in a dry run what it would remove, and touches nothing', async () => {
    const host = new Machine();
    const before = host.state();
    const { changed } = await reset(overlayHost({ name: 'fake', base: host }) as unknown as Machine, {
      run: quietRun({ rehearsal: true }),
    });
    expect(host.state()).toEqual(before);
    expect(planText(changed)).toContain('- [cleanup-network] chain KUBE-FIREWALL of iptables filter\n');
    expect(planText(changed)).toContain('- [remove-etcd-member] etcd member https://192.0.2.10:2380\n');
    expect(planText(changed)).toContain('- [cleanup-node] everything in /var/lib/kubelet/\n');
    expect(planText(changed)).not.toContain('mine');
  });

  test('goes past what it cannot remove, never below what is mounted, and says so', async () => {
    const host = new Machine();
    host.busy = Number.POSITIVE_INFINITY;
    const { leftovers } = await reset(host);
    expect(leftovers).toEqual([`mount ${mount}`]);
    expect(host.text('/var/lib/kubelet/pods/1/etc-hosts')).toBe('hosts');
    expect(host.text('/var/lib/kubelet/config.yaml')).toBeUndefined();
    expect(host.text('/etc/kubernetes/pki/ca.key')).toBeUndefined();
    host.busy = 0;
    expect((await reset(host)).leftovers).toEqual([]);
    expect(host.text('/var/lib/kubelet/pods/1/etc-hosts')).toBeUndefined();
  });

  test('removes with a second try what was only just ending, and says that it was still there', async () => {
    const host = new Machine();
    host.busy = 1;
    const lines: string[] = [];
    const report: Reporter['report'] = (event) => void (event.type === 'line' && lines.push(event.text));
    expect((await reset(host, { run: quietRun({ reporter: { ...silentReporter, report } }) })).leftovers).toEqual([]);
    expect(lines.join('\n')).toContain(`Still there, so once more: mount ${mount}`);
    expect(host.text('/var/lib/kubelet/pods/1/etc-hosts')).toBeUndefined();
  });

  test('ends whatever process of a pod is still there, and unmounts the memory that it shared', async () => {
    const shm = '/run/containerd/io.containerd.grpc.v1.cri/sandboxes/aaaa/shm';
    const host = new Machine();
    host.services.set('kubepods.slice', { exists: true, active: true, enabled: false, since: 0 });
    await host.write([{ path: '/proc/mounts', content: `shm ${shm} tmpfs rw 0 0\n`, mode: 0o644 }]);
    await reset(host);
    const commands = host.ran.map((argv) => argv.join(' '));
    const forgotten = 'systemctl reset-failed cri-containerd-*.scope crio-*.scope docker-*.scope';
    expect(commands).toEqual(expect.arrayContaining(['systemctl stop kubepods.slice', forgotten, `umount -- ${shm}`]));
  });

  test('keeps the runtime and all of the preparation as long as a pod cannot be removed, and says so', async () => {
    const entries = [{ kind: 'file', path: '/etc/sysctl.d/99-kinit.conf', before: null }];
    const prepared = {
      '/etc/sysctl.d/99-kinit.conf': 'net.ipv4.ip_forward = 1\n',
      [undoRecord]: JSON.stringify({ version: 1, entries }),
    };
    const host = new Machine({ ...own, ...prepared });
    host.isStuck = true;
    const warnings: string[] = [];
    const reporter: Reporter = {
      ...silentReporter,
      report: (event) => void (event.type === 'warning' && warnings.push(event.text)),
    };
    expect((await reset(host, { run: quietRun({ reporter }) })).leftovers).toEqual([
      'container aaaa',
      'container bbbb',
    ]);
    expect(warnings.join('\n')).toContain('the runtime still has 2 pods, so it stays');
    expect(host.text('/etc/sysctl.d/99-kinit.conf')).toBeDefined();
    host.isStuck = false;
    expect((await reset(host)).leftovers).toEqual([]);
    expect(host.text('/etc/sysctl.d/99-kinit.conf')).toBeUndefined();
    expect(host.text(undoRecord)).toBeUndefined();
  });

  test.each([
    ['none of a package', own, [], []],
    [
      'a load balancer of kinit’s in one',
      {
        ...own,
        '/etc/kubernetes/kinit/haproxy/haproxy.cfg': 'global\n',
        '/etc/kubernetes/manifests/kinit-haproxy.yaml': 'kind: Pod\n',
      },
      [],
      [],
    ],
    [
      'the manifests’ one of the kubelet’s package',
      own,
      ['/etc/kubernetes/manifests'],
      ['/etc/kubernetes', '/etc/kubernetes/manifests'],
    ],
    ['a file of the user’s in one', { ...own, ...foreign }, [], ['/etc/kubernetes']],
  ])(
    'leaves of the directories below /etc/kubernetes those that are not Kubernetes’ alone: %s',
    async (_, files, packaged, left) => {
      const host = new Machine(files);
      host.packaged = packaged;
      expect((await reset(host)).leftovers).toEqual([]);
      const directories = [...host.entries].flatMap(([path, { type }]) =>
        type === 'directory' && path.startsWith('/etc/kubernetes') ? [path] : [],
      );
      expect(directories.sort()).toEqual(left);
      expect((await reset(host)).changed.filter(({ change }) => change.kind !== 'note')).toEqual([]);
    },
  );

  test('says what kubeadm’s upgrade has left, takes it away, and leaves what else is beside it', async () => {
    const backup = '/etc/kubernetes/tmp/kubeadm-backup-etcd-2026-11-21-10-00-00';
    const mine = '/etc/kubernetes/tmp/mine.txt';
    const host = new Machine({ ...own, [`${backup}/etcd/member/snap/db`]: 'data', [mine]: 'mine' });
    const lines: string[] = [];
    const reporter: Reporter = {
      ...silentReporter,
      report: (event) => void (event.type === 'line' && lines.push(event.text)),
    };
    await reset(host, { run: quietRun({ reporter }) });
    expect([...host.entries.keys()].filter((path) => path.startsWith('/etc/kubernetes/tmp'))).toEqual([
      '/etc/kubernetes/tmp',
      mine,
    ]);
    expect(lines.join('\n')).toContain(
      '[reset] Removing what kubeadm has left in /etc/kubernetes/tmp: kubeadm-backup-etcd-2026-11-21-10-00-00',
    );
  });

  test('leaves a unit of the kubelet that is not kinit’s own', async () => {
    const unit = { '/etc/systemd/system/kubelet.service': '[Service]\nExecStart=/opt/kubelet\n' };
    const host = new Machine({ ...own, ...unit });
    host.ran.length = 0;
    await reset(host).catch(() => undefined);
    expect(host.text('/etc/systemd/system/kubelet.service')).toBe(unit['/etc/systemd/system/kubelet.service']);
  });

  test.each([
    ['cleanup-node', '/etc/kubernetes/pki/ca.key'],
    ['remove-etcd-member', '/var/lib/etcd/member/wal/0.wal'],
    ['cleanup-network', '/run/flannel/subnet.env'],
    ['CleanupNode', '/etc/kubernetes/admin.conf'],
  ])('leaves out the phase %s', async (phase, path) => {
    const host = new Machine();
    await reset(host, { flags: { skipPhases: [phase] } });
    expect(host.text(path)).toBeDefined();
  });

  test('runs one phase alone', async () => {
    const host = new Machine();
    await reset(host, { only: 'remove-etcd-member' });
    const { files } = host.state();
    expect(Object.keys(own).filter((path) => !(path in files))).toEqual(['/var/lib/etcd/member/wal/0.wal']);
  });

  test.each([
    [{ only: 'cleanup-nod' }, /has no phase "cleanup-nod" of reset.*cleanup-node/],
    [{ only: 'update-cluster-status' }, /v1\.31\.0 has no phase "update-cluster-status"/],
    [{ flags: { skipPhases: ['addon'] } }, /--skip-phases: .*has no phase "addon"/],
  ])('refuses a phase that its kubeadm has not, before anything is touched: %j', async (change, message) => {
    const host = new Machine();
    const before = host.state();
    await expect(reset(host, change)).rejects.toThrow(message);
    expect(host.state()).toEqual(before);
  });
});
